/**
 * The order in which a resource is replaced that AWS does not delete while something uses it: the new one is made, its
 * users take it, the old one is deleted. Where a name is given, as here, the provider's own order is the other one
 * (`nameRequiresDeleteBeforeReplace` of Pulumi's Terraform bridge). It fits what only another name or VPC replaces.
 */
export const createBeforeDelete = { deleteBeforeReplace: false } as const;
