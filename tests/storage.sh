#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Raw storage: killed again and again, then tampered with.
exec python3 "${srcdir:-.}/tests/tools/storage_check.py" "${srcdir:-.}/pcaps"
