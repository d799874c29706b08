"""Tables of the hub: rows streamed through `datasets`."""

from collections.abc import Iterator

from vqa_eval.errors import DataError
from vqa_eval.samples.tables import Row


def read_hub(table: str) -> Iterator[Row]:
    """Yield the rows of a hub table, pictures as stored bytes.

    `table` is "org/name[:config][@split]", streamed through `datasets` (a local folder in the place of
    org/name works alike). Raises DataError where the libraries or the hub are missing.
    """
    try:
        import datasets
        import huggingface_hub
    except ImportError as error:
        raise DataError(f"{table}: reading the hub needs `datasets`", "pip install 'vqa-eval[hub]'") from error
    try:
        source, _, split = table.partition("@")
        repository, _, config = source.partition(":")
        rows = datasets.load_dataset(repository, config or None, split=split or "train", streaming=True)
        for column, feature in (rows.features or {}).items():
            if isinstance(feature, datasets.Image):
                rows = rows.cast_column(column, datasets.Image(decode=False))
        for number, cells in enumerate(rows, start=1):
            yield Row(dict(cells), f"hub {table}, row {number}", number)
    except (OSError, ValueError, datasets.exceptions.DatasetsError, huggingface_hub.errors.HfHubHTTPError) as error:
        raise DataError(
            f"hub {table}: {str(error).splitlines()[0]}",
            "check the network and HF_TOKEN, or fetch the files and type: vqa-eval data add ID PATH",
        ) from error
