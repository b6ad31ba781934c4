#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What outlives a run, and what is done with it.  GRIDTAP is the program.
exec python3 "${srcdir:-.}/tests/tools/state_check.py" "${srcdir:-.}/pcaps"
