"""Pages: how results are shown to people."""

from negotiation.report.render import FORMATS, Page, analysis_page, predictions_table, render

__all__ = ["FORMATS", "Page", "analysis_page", "predictions_table", "render"]
