/* SPDX-License-Identifier: Apache-2.0 */
/* Another user, without capabilities; see privs.h. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#ifdef HAVE_CAPNG
#include <cap-ng.h>
#endif

#include "sensor/privs.h"

int
privs_find(struct privs *p, const char *user, struct error *error)
{
	const struct passwd *pw;

	*p = (struct privs){ 0, 0 };
	if (geteuid() != 0)
		return 0;
	errno = 0;
	pw = *user != '\0' ? getpwnam(user) : NULL;
	if (pw == NULL || pw->pw_uid == 0) {
		error_set(error,
		    "monitor.user: \"%s\" is no user to read packets as; "
		    "expected one that is not root, as systemd-sysusers makes "
		    "gridtap",
		    user);
		return -ENOENT;
	}
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return 0;
}

#ifdef HAVE_CAPNG
static int
drop(const struct privs *p)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (p->uid != 0)
		return capng_change_id((int)p->uid, (int)p->gid,
		    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
		        CAPNG_CLEAR_AMBIENT);
	/* the bounding set is systemd's to clear: we may not */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return capng_apply(CAPNG_SELECT_CAPS);
}
#else
/* Who becomes another user loses capabilities; who has only them keeps them. */
static int
drop(const struct privs *p)
{
	if (p->uid == 0)
		return 0;
	return setgroups(0, NULL) == 0 &&
	               setresgid(p->gid, p->gid, p->gid) == 0 &&
	               setresuid(p->uid, p->uid, p->uid) == 0
	           ? 0
	           : -1;
}
#endif

int
privs_drop(const struct privs *p, struct error *error)
{
	int rc;

	errno = 0;
	rc = drop(p);
	if (rc != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		error_set(error, "cannot give up privileges (%d): %s", rc,
		    strerror(errno));
		return -EPERM;
	}
	/* a core image would hold what the packets had */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (p->uid == 0 || (geteuid() == p->uid && setuid(0) != 0))
		return 0;
	error_set(error, "privileges came back");
	return -EPERM;
}
