"""How fast does the tested system run? Every time that scales, at a scale: 1 is real time, 20 is what CI uses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; what doesn't scale is said."""

    scale: float

    @property
    def lease(self) -> float:
        return 60 / self.scale

    @property
    def heartbeat(self) -> float:
        return 15 / self.scale

    @property
    def gap(self) -> float:
        """DOWNLOAD_MIN_DELAY. Above a twentieth of a second what is granted evenly still arrives nearly evenly."""
        return max(2 / self.scale, 0.1)

    @property
    def gap_tolerance(self) -> float:
        """How much too early a start may be seen: a scheduling delay of a loaded machine doesn't scale."""
        return 0.02 if self.scale == 1 else min(0.06, self.gap * 0.6)

    @property
    def per_minute(self) -> int:
        return min(600, round(30 * self.scale))

    @property
    def recovery_limit(self) -> float:
        """A lease, and twenty seconds that don't scale: processes start, back-offs run."""
        return self.lease + 20

    def environment(self) -> dict[str, str]:
        """The settings of the tested system."""
        return {
            "LEASE_SECONDS": f"{self.lease:g}",
            "HEARTBEAT_SECONDS": f"{self.heartbeat:g}",
            "DOWNLOAD_MIN_DELAY": f"{self.gap:g}",
            "DOWNLOADS_PER_MINUTE": str(self.per_minute),
            "DOWNLOAD_RETRY_BASE": f"{30 / self.scale:g}",
            "DOWNLOAD_TIME_LIMIT": f"{max(270 / self.scale, 20):g}",
            "VIDEO_TIME_LIMIT": "2" if self.scale > 1 else "10",
            "STOP_SECONDS": "5" if self.scale > 1 else "20",
            "GPU_TASKS_PER_MINUTE": "0",
            "CHAOS_SILENCE": "2" if self.scale > 1 else "10",
        }
