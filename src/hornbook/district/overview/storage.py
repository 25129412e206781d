"""Where pages find their style sheets, before and after ``hornbook up`` has collected them."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Collected: compressed, named by content, cached for ever. Not collected: as they lie.

    Tests and a console that is started by hand have nothing collected; WhiteNoise then serves
    the files from the packages (``WHITENOISE_USE_FINDERS``).
    """

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if self.hashed_files else name
