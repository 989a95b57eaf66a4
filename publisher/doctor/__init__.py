"""What could keep the letter from arriving, looked at before it leaves. It mends nothing."""

from publisher.doctor.checkup import Checkup, Verdict

__all__ = ["Checkup", "Verdict"]
