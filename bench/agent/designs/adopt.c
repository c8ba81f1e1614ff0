// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the designs share that keep the tree and have the kernel verify and adopt it.
 */
#include <linux/iommufd.h>

#include "agent/designs/design.h"
#include "agent/session.h"

int design_keep_tree(struct sample *s)
{
	struct iommu_preserved_info info;
	int rc;

	rc = ioas_hwpt_preserve(s->iommufd, s->hwpt_id, DESIGN_TREE_TOKEN);
	if (!rc)
		rc = session_preserve(s->session, s->iommufd, SESSION_IOMMUFD);
	if (!rc)
		rc = ioas_preserved_info(s->iommufd, DESIGN_TREE_TOKEN, &info);
	if (rc)
		return rc;
	s->state->tables_bytes = (int64_t)info.out_tables_bytes;
	s->state->serialised_bytes = (int64_t)info.out_serialised_bytes;
	return 0;
}

int design_take_tree(struct sample *s)
{
	s->iommufd = session_take(s->session, SESSION_IOMMUFD);
	return s->iommufd < 0 ? s->iommufd : 0;
}

int design_adopt(struct sample *s, uint32_t ioas_id, uint32_t mode)
{
	int rc;

	rc = ioas_hwpt_adopt(s->iommufd, s->devices[0].dev_id, ioas_id, mode, s->token,
			     &s->adopted);
	s->adopt_errno = -rc;
	if (rc)
		return rc;
	s->hwpt_id = s->adopted.hwpt_id;
	return 0;
}
