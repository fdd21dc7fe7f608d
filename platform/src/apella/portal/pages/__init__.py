"""The pages of the cabinet. Importing this package puts them on `blueprint`."""

from apella.portal.pages import appeal, cabinet, filing, principal, withdrawal
from apella.portal.pages.site import blueprint

__all__ = ["appeal", "blueprint", "cabinet", "filing", "principal", "withdrawal"]
