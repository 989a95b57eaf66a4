"""The demonstration: sample sites on loopback and a publication that reads them. It must not run the pipeline."""
