#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure from configure.ac: autoconf, automake and pkg-config do it.
cd "$(dirname "$0")" && exec autoreconf --install --warnings=all
