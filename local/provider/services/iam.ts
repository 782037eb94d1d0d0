import * as iam from "@aws-sdk/client-iam";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { removedTags, required, tagList, tagMap } from "../shapes.ts";

const client = (cloud: Clients) => cloud.of(iam.IAMClient);

const role: ResourceType = {
    replaceOn: ["name", "namePrefix", "path"],
    deleteFirst: true,
    computed: ["arn", "name", "uniqueId", "createDate"],
    async create(inputs, cloud) {
        const { Role } = await client(cloud).send(
            new iam.CreateRoleCommand({
                RoleName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
                Description: inputs.description,
                AssumeRolePolicyDocument: inputs.assumeRolePolicy,
                MaxSessionDuration: inputs.maxSessionDuration,
                Path: inputs.path,
                Tags: tagList(inputs.tags),
            }),
        );
        return required(Role?.RoleName, "role name");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new iam.GetRoleCommand({ RoleName: id })));
        const it = found?.Role;
        if (!it) {
            return undefined;
        }
        const { Tags } = await client(cloud).send(new iam.ListRoleTagsCommand({ RoleName: id }));
        return {
            arn: it.Arn,
            name: it.RoleName,
            uniqueId: it.RoleId,
            description: it.Description,
            path: it.Path,
            assumeRolePolicy: decodeURIComponent(it.AssumeRolePolicyDocument ?? ""),
            maxSessionDuration: it.MaxSessionDuration,
            createDate: it.CreateDate?.toISOString(),
            tags: tagMap(Tags),
        };
    },
    async update(id, inputs, cloud, old) {
        await client(cloud).send(
            new iam.UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: inputs.assumeRolePolicy }),
        );
        await client(cloud).send(
            new iam.UpdateRoleCommand({
                RoleName: id,
                Description: inputs.description ?? "",
                MaxSessionDuration: inputs.maxSessionDuration,
            }),
        );
        const gone = removedTags(old.tags, inputs.tags);
        if (gone.length > 0) {
            await client(cloud).send(new iam.UntagRoleCommand({ RoleName: id, TagKeys: gone }));
        }
        await client(cloud).send(new iam.TagRoleCommand({ RoleName: id, Tags: tagList(inputs.tags) }));
    },
    async delete(id, cloud) {
        // A role that Terraform or a person gave more policies can't be deleted before they are off it.
        const attached = await ifThere(client(cloud).send(new iam.ListAttachedRolePoliciesCommand({ RoleName: id })));
        for (const { PolicyArn } of attached?.AttachedPolicies ?? []) {
            await client(cloud).send(new iam.DetachRolePolicyCommand({ RoleName: id, PolicyArn }));
        }
        await ifThere(client(cloud).send(new iam.DeleteRoleCommand({ RoleName: id })));
    },
};

const rolePolicy: ResourceType = {
    replaceOn: ["name", "namePrefix", "role"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new iam.PutRolePolicyCommand({
                RoleName: inputs.role,
                PolicyName: inputs.name,
                PolicyDocument: inputs.policy,
            }),
        );
        return `${inputs.role}:${inputs.name}`;
    },
    async read(id, cloud) {
        const [RoleName = "", PolicyName = ""] = id.split(":");
        const found = await ifThere(client(cloud).send(new iam.GetRolePolicyCommand({ RoleName, PolicyName })));
        return (
            found && {
                role: found.RoleName,
                name: found.PolicyName,
                policy: decodeURIComponent(found.PolicyDocument ?? ""),
            }
        );
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new iam.PutRolePolicyCommand({
                RoleName: inputs.role,
                PolicyName: inputs.name,
                PolicyDocument: inputs.policy,
            }),
        );
    },
    async delete(id, cloud) {
        const [RoleName = "", PolicyName = ""] = id.split(":");
        await ifThere(client(cloud).send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName })));
    },
};

export const iamTypes: Record<string, ResourceType> = {
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
};
