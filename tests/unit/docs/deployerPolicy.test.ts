/** The policy of whoever deploys, against what a stack makes. */
import { globSync, readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { expect } from "chai";
import type { Registered } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

interface Statement {
    Sid: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, string | string[]>>;
}

const text = readFileSync("docs/deployer-policy.json", "utf8");
const statements: Statement[] = JSON.parse(text).Statement;
const actions = statements.flatMap(({ Action }) => Action);

/** The prefix of a service's actions, where it is not the name of the provider's module. */
const prefixes: Record<string, string> = {
    alb: "elasticloadbalancing",
    appautoscaling: "application-autoscaling",
    cognito: "cognito-idp",
    lb: "elasticloadbalancing",
    vpc: "ec2",
    "cloudwatch/logGroup": "logs",
};
/** Roles that each service makes for itself the first time, by the type that asks for it. */
const linkedRoles: Record<string, string> = {
    "aws:apigateway/restApi:RestApi": "ops.apigateway.amazonaws.com",
    "aws:appautoscaling/target:Target": "ecs.application-autoscaling.amazonaws.com",
    "aws:cloudfront/vpcOrigin:VpcOrigin": "vpcorigin.cloudfront.amazonaws.com",
    "aws:ecs/cluster:Cluster": "ecs.amazonaws.com",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing.amazonaws.com",
};
/** The prefix of a service's actions, where it is not the name of its client. */
const servicesOfClients: Record<string, string> = {
    "cognito-identity-provider": "cognito-idp",
    "service-quotas": "servicequotas",
};
const servicesOf = (sid: string, key: string) =>
    [Object.values(statements.find(({ Sid }) => Sid === sid)?.Condition ?? {})[0]?.[key] ?? []].flat();

describe("docs/deployer-policy.json", () => {
    let made: Registered[];

    before(async () => {
        const agentNightStop = { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "UTC" };
        const change = { enableCustomDomain: true, domainName: "example.com", agentNightStop };
        const { all } = await runStack({ environment: "prod", production: true, ...change });
        made = all.filter(({ type }) => type.startsWith("aws:"));
    });

    it("fits into one managed policy", () => {
        // IAM quotas: characters without white space.
        expect(text.replaceAll(/\s/g, "").length).to.be.at.most(6144);
    });

    it("covers the service of every resource that a production stack makes", () => {
        const needed = made.map(({ type }) => {
            const [, service = ""] = type.split(":");
            return prefixes[service] ?? prefixes[service.split("/")[0] ?? ""] ?? service.split("/")[0] ?? "";
        });
        expect(needed).to.include.members(["dynamodb", "elasticloadbalancing", "iam", "wafv2"]);
        const lacking = [...new Set(needed)].filter(
            (prefix) => !actions.some((action) => action.startsWith(`${prefix}:`)),
        );
        expect(lacking).to.deep.equal([]);
    });

    it("covers the names of what it narrows to the project's", () => {
        const patterns = statements
            .filter(({ Sid }) => Sid.endsWith("NamedForTheProject"))
            .flatMap(({ Resource }) => Resource)
            .filter((pattern) => pattern.endsWith("story-42-*"));
        expect(patterns).to.have.length.greaterThan(7);
        const narrowed =
            /^aws:(dynamodb\/table|ecr\/repository|iam\/role|lambda\/function|s3\/bucket|secretsmanager\/secret|sns\/topic|sqs\/queue):/;
        const names = made
            .filter(({ type }) => narrowed.test(type))
            .map(({ inputs }) => inputs.name ?? inputs.bucket ?? inputs.namePrefix);
        expect(names).to.have.length.greaterThan(15);
        for (const name of names) {
            expect(name).to.match(/^story-42-/);
        }
    });

    it("lets roles be passed to the services that assume them, and to no others", () => {
        const assuming = made
            .filter(({ type }) => type === "aws:iam/role:Role")
            .map(({ inputs }) => JSON.parse(inputs.assumeRolePolicy).Statement[0].Principal.Service);
        expect(servicesOf("RolesForTheirServices", "iam:PassedToService")).to.have.members([...new Set(assuming)]);
    });

    it("lets services make their own roles, which the first stack of an account needs", () => {
        const asking = made.flatMap(({ type }) => linkedRoles[type] ?? []);
        expect(servicesOf("RolesThatServicesMakeOnce", "iam:AWSServiceName")).to.have.members([...new Set(asking)]);
    });

    it("lets story42 doctor ask what it asks", () => {
        const asked = globSync("automation/cli/checks/*.ts")
            .flatMap((path) => [
                ...readFileSync(path, "utf8").matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(.*)";/g),
            ])
            .flatMap(([, names = "", client = ""]) =>
                [...names.matchAll(/(\w+)Command\b/g)].map(
                    ([, operation]) => `${servicesOfClients[client] ?? client}:${operation}`,
                ),
            );
        expect(asked).to.include.members(["ec2:DescribeAvailabilityZones", "servicequotas:GetServiceQuota"]);
        const ofModels = ["GetFoundationModel", "GetFoundationModelAvailability", "GetInferenceProfile"];
        const needed = [...asked, ...ofModels.map((operation) => `bedrock:${operation}`)];
        const lacking = needed.filter((action) => !actions.some((pattern) => matchesGlob(action, pattern)));
        expect(lacking).to.deep.equal([]);
    });

    it("gives nothing of IAM but the project's own roles, and no key's use but the project's", () => {
        for (const { Sid, Action, Resource, Condition } of statements) {
            const all = [Action].flat();
            if (all.some((action) => action.startsWith("iam:"))) {
                expect([Resource].flat(), Sid).to.not.include("*");
                expect(all, Sid).to.not.include("iam:*");
            }
            if (all.includes("kms:*")) {
                expect(Condition?.StringEquals).to.have.property("aws:ResourceTag/Project", "story-42");
            }
            expect(all, Sid).to.not.include("*");
        }
    });
});
