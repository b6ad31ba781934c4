#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each capture of pcaps/transport has the records and events of its base.
top=${srcdir:-.}
exec python3 "$top/tests/tools/same_records.py" "$top/pcaps" "$@"
