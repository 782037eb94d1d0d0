import * as budgets from "@aws-sdk/client-budgets";
import * as sns from "@aws-sdk/client-sns";
import * as wafv2 from "@aws-sdk/client-wafv2";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { fromAws, required, tagList, tagMap, toAws } from "../shapes.ts";
import type { Properties } from "../values.ts";

const topics = (cloud: Clients) => cloud.of(sns.SNSClient);
const limits = (cloud: Clients) => cloud.of(budgets.BudgetsClient);
const walls = (cloud: Clients) => cloud.of(wafv2.WAFV2Client);

const topic: ResourceType = {
    replaceOn: ["name", "namePrefix", "fifoTopic"],
    deleteFirst: true,
    computed: ["arn", "owner", "beginningArchiveTime"],
    async create(inputs, cloud) {
        const made = await topics(cloud).send(
            new sns.CreateTopicCommand({
                Name: inputs.name,
                Attributes: inputs.kmsMasterKeyId ? { KmsMasterKeyId: inputs.kmsMasterKeyId } : {},
                Tags: tagList(inputs.tags),
            }),
        );
        return required(made.TopicArn, "topic ARN");
    },
    async read(id, cloud) {
        const found = await ifThere(topics(cloud).send(new sns.GetTopicAttributesCommand({ TopicArn: id })));
        if (!found?.Attributes) {
            return undefined;
        }
        const { Tags } = await topics(cloud).send(new sns.ListTagsForResourceCommand({ ResourceArn: id }));
        return {
            arn: id,
            owner: found.Attributes.Owner ?? cloud.account,
            name: id.slice(id.lastIndexOf(":") + 1),
            kmsMasterKeyId: found.Attributes.KmsMasterKeyId,
            tags: tagMap(Tags),
        };
    },
    async update(id, inputs, cloud) {
        await topics(cloud).send(
            new sns.SetTopicAttributesCommand({
                TopicArn: id,
                AttributeName: "KmsMasterKeyId",
                AttributeValue: inputs.kmsMasterKeyId ?? "",
            }),
        );
        await topics(cloud).send(new sns.TagResourceCommand({ ResourceArn: id, Tags: tagList(inputs.tags) }));
    },
    async delete(id, cloud) {
        await ifThere(topics(cloud).send(new sns.DeleteTopicCommand({ TopicArn: id })));
    },
};

async function setTopicPolicy(inputs: Properties, cloud: Clients): Promise<string> {
    await topics(cloud).send(
        new sns.SetTopicAttributesCommand({
            TopicArn: inputs.arn,
            AttributeName: "Policy",
            AttributeValue: inputs.policy,
        }),
    );
    return inputs.arn;
}

const topicPolicy: ResourceType = {
    replaceOn: ["arn"],
    computed: ["owner"],
    create: setTopicPolicy,
    async read(id, cloud) {
        const found = await ifThere(topics(cloud).send(new sns.GetTopicAttributesCommand({ TopicArn: id })));
        return (
            found?.Attributes && {
                arn: id,
                policy: found.Attributes.Policy,
                owner: found.Attributes.Owner ?? cloud.account,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await setTopicPolicy(inputs, cloud);
    },
    // It goes with its topic.
    async delete() {},
};

const topicSubscription: ResourceType = {
    computed: ["arn", "ownerId", "pendingConfirmation", "confirmationWasAuthenticated"],
    async create(inputs, cloud) {
        const made = await topics(cloud).send(
            new sns.SubscribeCommand({
                TopicArn: inputs.topic,
                Protocol: inputs.protocol,
                Endpoint: inputs.endpoint,
                ReturnSubscriptionArn: true,
            }),
        );
        return required(made.SubscriptionArn, "subscription ARN");
    },
    async read(id, cloud) {
        const found = await ifThere(
            topics(cloud).send(new sns.GetSubscriptionAttributesCommand({ SubscriptionArn: id })),
        );
        const it = found?.Attributes;
        return (
            it && {
                arn: id,
                topic: it.TopicArn,
                protocol: it.Protocol,
                endpoint: it.Endpoint,
                pendingConfirmation: it.PendingConfirmation === "true",
            }
        );
    },
    async delete(id, cloud) {
        await ifThere(topics(cloud).send(new sns.UnsubscribeCommand({ SubscriptionArn: id })));
    },
};

const notificationOf = (it: Properties): budgets.Notification => ({
    NotificationType: it.notificationType,
    ComparisonOperator: it.comparisonOperator,
    Threshold: it.threshold,
    ThresholdType: it.thresholdType,
});

const budgetOf = (inputs: Properties): budgets.Budget => ({
    BudgetName: inputs.name,
    BudgetType: inputs.budgetType,
    TimeUnit: inputs.timeUnit,
    BudgetLimit: { Amount: inputs.limitAmount, Unit: inputs.limitUnit },
    CostFilters: Object.fromEntries((inputs.costFilters ?? []).map((one: Properties) => [one.name, one.values])),
});

const budget: ResourceType = {
    replaceOn: ["name", "namePrefix"],
    deleteFirst: true,
    computed: ["arn", "accountId", "timePeriodStart", "timePeriodEnd"],
    async create(inputs, cloud) {
        await limits(cloud).send(
            new budgets.CreateBudgetCommand({
                AccountId: cloud.account,
                Budget: budgetOf(inputs),
                NotificationsWithSubscribers: (inputs.notifications ?? []).map((one: Properties) => ({
                    Notification: notificationOf(one),
                    Subscribers: one.subscriberEmailAddresses.map((Address: string) => ({
                        SubscriptionType: "EMAIL",
                        Address,
                    })),
                })),
            }),
        );
        return `${cloud.account}:${inputs.name}`;
    },
    async read(id, cloud) {
        const [AccountId = "", BudgetName = ""] = id.split(":");
        const found = await ifThere(limits(cloud).send(new budgets.DescribeBudgetCommand({ AccountId, BudgetName })));
        const it = found?.Budget;
        return (
            it && {
                arn: `arn:aws:budgets::${AccountId}:budget/${BudgetName}`,
                accountId: AccountId,
                name: it.BudgetName,
                budgetType: it.BudgetType,
                timeUnit: it.TimeUnit,
                limitAmount: it.BudgetLimit?.Amount,
                limitUnit: it.BudgetLimit?.Unit,
                costFilters: Object.entries(it.CostFilters ?? {}).map(([name, values]) => ({ name, values })),
            }
        );
    },
    async update(_id, inputs, cloud) {
        await limits(cloud).send(
            new budgets.UpdateBudgetCommand({ AccountId: cloud.account, NewBudget: budgetOf(inputs) }),
        );
    },
    async delete(id, cloud) {
        const [AccountId = "", BudgetName = ""] = id.split(":");
        await ifThere(limits(cloud).send(new budgets.DeleteBudgetCommand({ AccountId, BudgetName })));
    },
};

const aclSettings = (inputs: Properties) => ({
    Name: inputs.name as string,
    Scope: inputs.scope as wafv2.Scope,
    Description: inputs.description as string,
    DefaultAction: toAws(inputs.defaultAction) as wafv2.DefaultAction,
    Rules: toAws(inputs.rules).map(withAwsNames) as wafv2.Rule[],
    VisibilityConfig: withAwsNames(toAws({ visibilityConfig: inputs.visibilityConfig })).VisibilityConfig,
});

/** One name of the API is not the provider's in another case: CloudWatch is one word there. */
function withAwsNames(rule: Properties): Properties {
    const { CloudwatchMetricsEnabled, ...visibility } = rule.VisibilityConfig;
    return { ...rule, VisibilityConfig: { ...visibility, CloudWatchMetricsEnabled: CloudwatchMetricsEnabled } };
}

async function aclOf(id: string, state: Properties, cloud: Clients): Promise<wafv2.GetWebACLCommandOutput | undefined> {
    const key = { Id: id, Name: state.name, Scope: state.scope };
    return ifThere(walls(cloud).send(new wafv2.GetWebACLCommand(key)));
}

const webAcl: ResourceType = {
    replaceOn: ["name", "scope", "region"],
    deleteFirst: true,
    computed: ["arn", "capacity", "lockToken", "applicationIntegrationUrl"],
    changesWith: ["lockToken"],
    async create(inputs, cloud) {
        const made = await walls(cloud).send(
            new wafv2.CreateWebACLCommand({ ...aclSettings(inputs), Tags: tagList(inputs.tags) }),
        );
        return required(made.Summary?.Id, "web ACL id");
    },
    async read(id, cloud, known) {
        // An import names all three parts, as the official provider has it.
        const [own = "", name, scope] = id.split("/");
        const found = await aclOf(own, { name: name ?? known.name, scope: scope ?? known.scope }, cloud);
        const it = found?.WebACL;
        return (
            it && {
                arn: it.ARN,
                name: it.Name,
                scope: scope ?? known.scope,
                description: it.Description,
                capacity: it.Capacity,
                lockToken: found.LockToken,
                defaultAction: fromAws(it.DefaultAction),
            }
        );
    },
    async update(id, inputs, cloud, old) {
        const found = await aclOf(id, old, cloud);
        await walls(cloud).send(
            new wafv2.UpdateWebACLCommand({ Id: id, LockToken: found?.LockToken, ...aclSettings(inputs) }),
        );
    },
    async delete(id, cloud, state) {
        const found = await aclOf(id, state, cloud);
        if (found) {
            await walls(cloud).send(
                new wafv2.DeleteWebACLCommand({
                    Id: id,
                    Name: state.name,
                    Scope: state.scope,
                    LockToken: found.LockToken,
                }),
            );
        }
    },
};

const webAclAssociation: ResourceType = {
    deleteFirst: true,
    async create(inputs, cloud) {
        await walls(cloud).send(
            new wafv2.AssociateWebACLCommand({ WebACLArn: inputs.webAclArn, ResourceArn: inputs.resourceArn }),
        );
        return `${inputs.webAclArn},${inputs.resourceArn}`;
    },
    async read(id, cloud) {
        const resourceArn = id.slice(id.indexOf(",") + 1);
        const found = await ifThere(
            walls(cloud).send(new wafv2.GetWebACLForResourceCommand({ ResourceArn: resourceArn })),
        );
        return found?.WebACL && { webAclArn: found.WebACL.ARN, resourceArn };
    },
    async delete(_id, cloud, state) {
        await ifThere(walls(cloud).send(new wafv2.DisassociateWebACLCommand({ ResourceArn: state.resourceArn })));
    },
};

export const noticeTypes: Record<string, ResourceType> = {
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
    "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
    "aws:budgets/budget:Budget": budget,
    "aws:wafv2/webAcl:WebAcl": webAcl,
    "aws:wafv2/webAclAssociation:WebAclAssociation": webAclAssociation,
};
