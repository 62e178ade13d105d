"""What people look at: charts now, pages later. Loaded only when something is drawn."""

from sim.errors import ConfigError
from sim.report.shown import show_figures

try:
    import matplotlib as _matplotlib  # noqa: F401
except (ValueError, OSError) as error:  # its settings are read when it is loaded
    raise ConfigError(
        f"matplotlib cannot be loaded with the settings found ({' '.join(str(error).split())[:160]}"
        "). Correct MPLBACKEND, or the file that MATPLOTLIBRC names."
    ) from error

show_figures()
