import { DescribeUserPoolDomainCommand } from "@aws-sdk/client-cognito-identity-provider";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { physicalNames } from "../../../components/names.ts";
import { bucketNames } from "../../../stacks/checkSettings.ts";
import type { AwsClients } from "../clients.ts";
import { type Check, ok, todo } from "./check.ts";

/** Whether the names that are shared with others are free. How long they may be, the settings' check says. */
export const namesCheck: Check = {
    name: "names",
    async look(surroundings) {
        const [settings, clients, { story }] = await Promise.all([
            surroundings.settings(),
            surroundings.clients(),
            surroundings.stack(),
        ]);
        if (await story.outputs()) {
            return ok("the stack's own, as it is deployed");
        }
        const { projectName, environment, production, userPoolDomain } = settings;
        const naming = { project: projectName, environment };
        const { imagesBucket, siteBucket, logBucket } = bucketNames(naming, settings);
        const buckets = [imagesBucket, siteBucket, ...(production ? [logBucket] : [])];
        const domain = userPoolDomain ?? physicalNames(naming).userPoolDomain;
        const taken = [
            ...(await takenBuckets(buckets, clients)),
            ...((await isDomainTaken(domain, clients)) ? [`the user pool domain ${domain}`] : []),
        ];
        return taken.length === 0
            ? ok(`${buckets.join(", ")} and ${domain} are free`)
            : todo(
                  `taken: ${taken.join(", ")}`,
                  "Take an earlier deployment over (story42 adopt, or pulumi import); or end the buckets' names otherwise (pulumi config set bucketSuffix ACCOUNT), and set another userPoolDomain.",
              );
    },
};

async function takenBuckets(buckets: string[], { s3 }: AwsClients): Promise<string[]> {
    const found = await Promise.all(
        buckets.map(async (Bucket) => {
            try {
                await s3.send(new HeadBucketCommand({ Bucket }));
                return [`the bucket ${Bucket} (in this account)`];
            } catch (error) {
                const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
                if (status === 404) {
                    return [];
                }
                if (status === 403 || status === 301) {
                    return [`the bucket ${Bucket} (by somebody else, or in another region)`];
                }
                throw error;
            }
        }),
    );
    return found.flat();
}

async function isDomainTaken(Domain: string, { cognito }: AwsClients): Promise<boolean> {
    const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain }));
    return DomainDescription?.UserPoolId !== undefined;
}
