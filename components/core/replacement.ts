/**
 * The order of replacement for a resource that AWS does not delete while it is in use: the new one is created, its users
 * switch to it, the old one is deleted. For a resource with a given name the provider's default is delete-before-replace
 * (`nameRequiresDeleteBeforeReplace` of Pulumi's Terraform bridge). Only for resources that another name or VPC replaces.
 */
export const createBeforeDelete = { deleteBeforeReplace: false } as const;
