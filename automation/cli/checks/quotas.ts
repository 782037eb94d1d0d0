import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from "@aws-sdk/client-service-quotas";
import { productionNumbers } from "../../../stacks/productionNumbers.ts";
import type { StorySettings } from "../../index.ts";
import { type AwsClients, isUnknownToEmulator } from "../clients.ts";
import { type Check, ok, todo, unknown } from "./check.ts";

/** A quota that new accounts may exceed, with a stack's need. */
interface Quota {
    what: string;
    service: string;
    /** Its code in Service Quotas. */
    code: string;
    needed(settings: StorySettings, clients: AwsClients): Promise<number>;
}

/** Reserved concurrency of three functions in production, and the 100 that Lambda keeps unreserved. */
const RESERVED_CONCURRENCY = 3 * productionNumbers.reservedConcurrency + 100;

const quotas: readonly Quota[] = [
    {
        what: "concurrent Lambda invocations",
        service: "lambda",
        code: "L-B99A9384",
        needed: async ({ production }) => (production ? RESERVED_CONCURRENCY : 10),
    },
    {
        what: "Fargate vCPUs",
        service: "fargate",
        code: "L-3032A538",
        // A deployment runs the old tasks and the new ones side by side.
        needed: async ({ agentEnabled, ecsCpu, ecsDesiredCount, production }) =>
            agentEnabled
                ? (2 * Math.max(ecsDesiredCount, production ? productionNumbers.maxTasks : 0) * ecsCpu) / 1024
                : 0,
    },
    {
        what: "VPCs in the region",
        service: "vpc",
        code: "L-F678F1CE",
        needed: async ({ existingVpc }, { ec2 }) => {
            const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
            return Vpcs.length + (existingVpc ? 0 : 1);
        },
    },
];

export const quotasCheck: Check = {
    name: "quotas",
    async look(environment) {
        const [settings, clients, stack] = await Promise.all([
            environment.settings(),
            environment.clients(),
            environment.stack(),
        ]);
        const isDeployed = (await stack.story.outputs()) !== undefined;
        const found: string[] = [];
        const short: string[] = [];
        for (const quota of quotas) {
            const allowed = await allowedBy(quota, clients).catch((error) => {
                if (isUnknownToEmulator(error)) {
                    return undefined;
                }
                throw error;
            });
            if (allowed === undefined) {
                return unknown(`nothing tells the quota of ${quota.what}`);
            }
            // The count of VPCs includes the stack's own.
            const own = isDeployed && quota.service === "vpc" && !settings.existingVpc ? 1 : 0;
            const needed = (await quota.needed(settings, clients)) - own;
            found.push(`${allowed} ${quota.what}`);
            if (needed > allowed) {
                short.push(`${quota.what}: ${allowed} of ${needed} that are needed`);
            }
        }
        return short.length === 0
            ? ok(found.join(", "))
            : todo(
                  short.join("; "),
                  `Ask for more in Service Quotas, region ${settings.region}, or remove what is not used.`,
              );
    },
};

/** An account's quota; AWS's default if the account has no other. */
async function allowedBy({ service, code }: Quota, { quotas }: AwsClients): Promise<number | undefined> {
    const query = { ServiceCode: service, QuotaCode: code };
    const answer = await quotas
        .send(new GetServiceQuotaCommand(query))
        .catch(() => quotas.send(new GetAWSDefaultServiceQuotaCommand(query)));
    return answer.Quota?.Value;
}
