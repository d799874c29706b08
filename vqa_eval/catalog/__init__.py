"""What people write (tasks/, prompts/, models/, leaderboards/) read into specs; pydantic lives only here."""

from vqa_eval.catalog.catalog import Catalog, shipped_folder

__all__ = ["Catalog", "shipped_folder"]
