#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Events go to a Redis stream, whatever happens to the server.
cd "${srcdir:-.}" || exit 2
exec python3 tests/tools/redis_check.py "$@"
