import { DescribeUserPoolDomainCommand } from "@aws-sdk/client-cognito-identity-provider";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { physicalNames } from "../../../components/core/names.ts";
import { bucketNames, nameInAccount } from "../../../stacks/bucketNames.ts";
import type { AwsClients } from "../clients.ts";
import { type Check, ok, todo } from "./check.ts";

/** Whether the names that all accounts share are free. The settings' check covers their length. */
export const namesCheck: Check = {
    name: "names",
    async look(environment) {
        const [settings, clients, { story }] = await Promise.all([
            environment.settings(),
            environment.clients(),
            environment.stack(),
        ]);
        if (await story.outputs()) {
            return ok("the stack's own, as it is deployed");
        }
        const { projectName, production, bucketSuffix, userPoolDomain } = settings;
        const naming = { project: projectName, environment: settings.environment };
        const { imagesBucket, siteBucket, logBucket } = bucketNames(naming, settings);
        const named = [imagesBucket, siteBucket, ...(production ? [logBucket] : [])];
        const domain = userPoolDomain ?? physicalNames(naming).userPoolDomain;
        const account = bucketSuffix === undefined ? await accountOf(clients) : undefined;
        const buckets = account === undefined ? named : named.map((name) => nameInAccount(name, account));
        const [owners, earlier, isTaken] = await Promise.all([
            ownersOf(buckets, clients),
            // An earlier deployment's buckets have no account in their names; only this account's matter here.
            ownersOf(account === undefined ? [] : named, clients),
            isDomainTaken(domain, clients),
        ]);
        const own = Object.keys(earlier).filter((bucket) => earlier[bucket] === THIS_ACCOUNT);
        const taken = [
            ...Object.entries(owners).map(([bucket, owner]) => `the bucket ${bucket} (${owner})`),
            ...own.map((bucket) => `the bucket ${bucket} (${THIS_ACCOUNT})`),
            ...(isTaken ? [`the user pool domain ${domain}`] : []),
        ];
        return taken.length === 0
            ? ok(`${buckets.join(", ")} and ${domain} are free`)
            : todo(
                  `taken: ${taken.join(", ")}`,
                  "Take an earlier deployment over (story42 adopt, or pulumi import); or end the buckets' names otherwise (pulumi config set bucketSuffix ENDING), and set another userPoolDomain.",
              );
    },
};

const THIS_ACCOUNT = "in this account";

async function accountOf({ sts }: AwsClients): Promise<string> {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined) {
        throw new Error("AWS did not say which account the credentials are of");
    }
    return Account;
}

/** Who has each of the buckets that exist. */
async function ownersOf(buckets: string[], { s3 }: AwsClients): Promise<Record<string, string>> {
    const found = await Promise.all(
        buckets.map(async (Bucket) => {
            try {
                await s3.send(new HeadBucketCommand({ Bucket }));
                return [[Bucket, THIS_ACCOUNT]];
            } catch (error) {
                const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
                if (status === 404) {
                    return [];
                }
                if (status === 403 || status === 301) {
                    return [[Bucket, "by somebody else, or in another region"]];
                }
                throw error;
            }
        }),
    );
    return Object.fromEntries(found.flat());
}

async function isDomainTaken(Domain: string, { cognito }: AwsClients): Promise<boolean> {
    const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain }));
    return DomainDescription?.UserPoolId !== undefined;
}
