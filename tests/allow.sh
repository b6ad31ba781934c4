#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The policy's line that an event carries lets it be.
exec python3 "${srcdir:-.}/tests/tools/allow_check.py" "${srcdir:-.}/pcaps"
