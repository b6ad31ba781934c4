dnl SPDX-License-Identifier: Apache-2.0
dnl GT_NDPI_API: which of nDPI's signatures sensor/classify.c is to use.
dnl
dnl A call that does not fit is an error only with the wrong number of
dnl arguments, otherwise a warning, which nobody sees here: the tests declare
dnl the function once more, or name what may not be there.
AC_DEFUN([GT_NDPI_TRY], [AC_COMPILE_IFELSE([AC_LANG_PROGRAM(
    [[#include <ndpi_api.h>
]$1], [$2])], [$3], [$4])])
AC_DEFUN([GT_NDPI_API], [
	gt_save_CPPFLAGS=$CPPFLAGS
	CPPFLAGS="$CPPFLAGS $NDPI_CFLAGS"
	NDPI_VERSION_FOUND=`$PKG_CONFIG --modversion libndpi`
	AC_MSG_CHECKING([whether nDPI's header can be used])
	GT_NDPI_TRY([], [[struct ndpi_flow_struct *f = 0; ndpi_free_flow_data(f);]],
	    [AC_MSG_RESULT([yes])],
	    [AC_MSG_RESULT([no])
	    AC_MSG_ERROR([ndpi_api.h of nDPI 4.2 or later is needed dnl
(Debian: libndpi-dev)])])
	AC_MSG_CHECKING([what ndpi_init_detection_module takes])
	GT_NDPI_TRY([[struct ndpi_detection_module_struct *
ndpi_init_detection_module(ndpi_init_prefs);]],
	    [[return ndpi_dont_load_tor_hosts;]],
	    [AC_MSG_RESULT([preferences])
	    AC_DEFINE([NDPI_INIT_PREFS], [1],
	        [nDPI before 4.10: the module is made with preferences])],
	    [AC_MSG_RESULT([a global context])])
	AC_MSG_CHECKING([whether nDPI's protocols are switched on by a mask])
	GT_NDPI_TRY([], [[NDPI_PROTOCOL_BITMASK all;
void *f = (void *)&ndpi_set_protocol_detection_bitmask2;
NDPI_BITMASK_SET_ALL(all);
return f == 0;]],
	    [AC_MSG_RESULT([yes])],
	    [AC_MSG_RESULT([no])
	    AC_DEFINE([NDPI_NO_MASK], [1],
	        [nDPI 5 and later: every protocol is looked for])])
	AC_MSG_CHECKING([how many arguments ndpi_detection_process_packet has])
	GT_NDPI_TRY([], [[ndpi_detection_process_packet(0, 0, 0, 0, 0);]],
	    [AC_MSG_RESULT([5])],
	    [AC_MSG_RESULT([6])
	    AC_DEFINE([NDPI_PROCESS_INPUT], [1],
	        [nDPI 4.4 and later: packets come with ndpi_flow_input_info])])
	AC_MSG_CHECKING([how nDPI names a protocol])
	GT_NDPI_TRY([], [[ndpi_protocol p = { 0 };
return p.master_protocol + p.app_protocol;]],
	    [AC_MSG_RESULT([master_protocol])],
	    [AC_MSG_RESULT([proto.master_protocol])
	    AC_DEFINE([NDPI_PROTO_NESTED], [1],
	        [nDPI 4.12 and later: ndpi_protocol holds a master_app pair])])
	CPPFLAGS=$gt_save_CPPFLAGS
])
