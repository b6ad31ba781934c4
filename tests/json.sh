#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the program writes as JSON is read back by a reader that is not ours.
exec python3 "${srcdir:-.}/tests/tools/json_check.py" "${srcdir:-.}/pcaps"
