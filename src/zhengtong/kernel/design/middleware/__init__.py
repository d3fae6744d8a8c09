"""The skin of every request: headers, limits, language, and errors that help."""

from .headers import SecurityHeaders
from .language import Language
from .limits import RequestLimits
from .problems import Problems
from .proxies import VisitorsAddress

__all__ = ["Language", "Problems", "RequestLimits", "SecurityHeaders", "VisitorsAddress"]
