#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What gridtap learns of captures raises nothing where all is as usual.
exec python3 "${srcdir:-.}/tests/tools/learn_check.py" "${srcdir:-.}/pcaps"
