"""Door: what a code means and which there are on a day; what became of a code; data elements and who uses them."""

from ..rules.elements import Element
from ..rules.resolving import Outcome, Resolution, Step
from ..rules.values import Checker, Finding, ValueFault
from .books import book_of, codes_ever, codes_valid_on
from .codes import (
    Code,
    find_code,
    get_table,
    has_tree,
    labels_of,
    list_codes,
    list_tables,
    page_codes,
    path_of,
    search_codes,
)
from .editions import (
    choose_edition,
    current_editions,
    diff_days,
    diff_editions,
    edition_on,
    editions_of,
    find_edition,
    get_edition,
    list_editions,
    resolve,
)
from .elements import (
    checker_of,
    get_element,
    list_element_versions,
    list_elements,
    list_themes,
    uses_of_element,
    uses_of_table,
)

__all__ = [
    "Checker",
    "Code",
    "Element",
    "Finding",
    "Outcome",
    "Resolution",
    "Step",
    "ValueFault",
    "book_of",
    "checker_of",
    "choose_edition",
    "codes_ever",
    "codes_valid_on",
    "current_editions",
    "diff_days",
    "diff_editions",
    "edition_on",
    "editions_of",
    "find_code",
    "find_edition",
    "get_edition",
    "get_element",
    "get_table",
    "has_tree",
    "labels_of",
    "list_codes",
    "list_editions",
    "list_element_versions",
    "list_elements",
    "list_tables",
    "list_themes",
    "page_codes",
    "path_of",
    "resolve",
    "search_codes",
    "uses_of_element",
    "uses_of_table",
]
