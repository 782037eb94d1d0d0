import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { StoryData, type StoryDataArgs } from "@tech42/story-42";

/** Story-42's data with this company's tags, and a topic that is notified of every new picture. */
export class CompanyData extends StoryData {
    readonly pictures: aws.sns.Topic;

    constructor(name: string, args: StoryDataArgs, opts?: pulumi.ComponentResourceOptions) {
        super(name, { ...args, tags: { CostCenter: "4711", ...args.tags } }, opts);
        const topicName = `${args.project}-pictures-${args.environment}`;
        this.pictures = new aws.sns.Topic(`${name}-pictures`, { name: topicName }, { parent: this });
    }
}
