#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each capture of pcaps/transport has the records of its base.
exec python3 "${srcdir:-.}/tests/tools/same_records.py" "${srcdir:-.}/pcaps" "$@"
