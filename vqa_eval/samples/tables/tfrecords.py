"""TFRecord files of tf.Example messages, plain or gzipped, without TensorFlow.

Source: the format as TensorFlow documents it.  A record is its length (8 bytes, little endian), a sum of these bytes,
its bytes, and a sum of those; a sum is CRC-32C, turned right by 15 bits, plus 0xa282ead8.  An Example is
{features: 1 = {feature: 1 = map from name to {bytes_list: 1 | float_list: 2 | int64_list: 3}}}, each list with its
values under 1.  google-crc32c counts the sums and protobuf reads the messages.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from vqa_eval.errors import DataError

LARGEST_RECORD = 256 * 1024 * 1024
"""Bytes of one record: a pileup has 130 thousand, a damaged length any number."""

Features = dict[str, list[bytes] | list[float] | list[int]]

_MASK = 0xA282EAD8

_FIELDS = """
name: "example" package: "tf" syntax: "proto3"
message_type { name: "BytesList" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES } }
message_type { name: "FloatList" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_FLOAT } }
message_type { name: "Int64List" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_INT64 } }
message_type {
  name: "Feature" oneof_decl { name: "kind" }
  field { name: "bytes_list" number: 1 type_name: ".tf.BytesList" oneof_index: 0 }
  field { name: "float_list" number: 2 type_name: ".tf.FloatList" oneof_index: 0 }
  field { name: "int64_list" number: 3 type_name: ".tf.Int64List" oneof_index: 0 }
}
message_type {
  name: "Features"
  nested_type {
    name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING }
    field { name: "value" number: 2 type_name: ".tf.Feature" }
  }
  field { name: "feature" number: 1 label: LABEL_REPEATED type_name: ".tf.Features.FeatureEntry" }
}
message_type { name: "Example" field { name: "features" number: 1 type_name: ".tf.Features" } }
"""
"""The messages as protobuf describes them: what a .proto file of them says."""


def read_examples(path: Path) -> Iterator[Features]:
    """Yield the features of each record; DataError names file and record where one is damaged or cut off."""
    example, decode_error = _messages()
    for number, record in enumerate(_records(path), start=1):
        try:
            features = example.FromString(record).features.feature
        except decode_error as error:
            raise DataError(f"{path}, record {number}: no tf.Example", "give the files of make_examples") from error
        yield {name: _values(feature) for name, feature in features.items()}


def _values(feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


def _records(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            number = 0
            while head := file.read(12):
                number += 1
                yield _record(file, head, f"{path}, record {number}")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip: {error}", "fetch or make the file again") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}", "check the path and its permissions") from error


def _record(file: IO[bytes] | gzip.GzipFile, head: bytes, place: str) -> bytes:
    again = "fetch or make the file again"
    if len(head) < 12:
        raise DataError(f"{place}: cut off", again)
    length, length_sum = struct.unpack("<QI", head)
    if masked_sum(head[:8]) != length_sum:
        raise DataError(f"{place}: the sum of its length is wrong; no TFRecord, or damaged", again)
    if length > LARGEST_RECORD:
        raise DataError(f"{place}: {length:,} bytes are more than the {LARGEST_RECORD:,} that one may have", again)
    body = file.read(length + 4)
    if len(body) < length + 4:
        raise DataError(f"{place}: cut off after {len(body):,} of {length + 4:,} bytes", again)
    if masked_sum(body[:length]) != struct.unpack("<I", body[length:])[0]:
        raise DataError(f"{place}: the sum of its bytes is wrong; it is damaged", again)
    return body[:length]


def masked_sum(data: bytes) -> int:
    """Return the sum that stands behind bytes in a TFRecord file."""
    try:
        import google_crc32c
    except ImportError as error:
        raise _lacking() from error
    plain = int(google_crc32c.value(data))
    return ((plain >> 15 | plain << 17) + _MASK) & 0xFFFFFFFF


@cache
def _messages() -> tuple[Any, type[Exception]]:
    """Return the class of Example, made from its fields, and the error that it raises on other bytes."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory, text_format
    except ImportError as error:
        raise _lacking() from error
    pool = descriptor_pool.DescriptorPool()
    pool.Add(text_format.Parse(_FIELDS, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tf.Example")), message.DecodeError


def _lacking() -> DataError:
    return DataError("TFRecord files need google-crc32c and protobuf", "pip install 'vqa-eval[genomics]'")
