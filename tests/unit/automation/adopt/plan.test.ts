import { expect } from "chai";
import { compareSettings } from "../../../../automation/adopt/compare.ts";
import { deploymentOf, deploymentsIn } from "../../../../automation/adopt/deployment.ts";
import { foreignInstances } from "../../../../automation/adopt/foreign.ts";
import { type Match, physicalInstances } from "../../../../automation/adopt/match.ts";
import { type AdoptionPlan, planOf } from "../../../../automation/adopt/plan.ts";
import { readTerraformState } from "../../../../automation/adopt/state.ts";
import { handOverText, planText } from "../../../../automation/adopt/text.ts";
import type { ChangeKind, Changes, ResourceChange } from "../../../../automation/engine/changes.ts";
import { checkSettings } from "../../../../stacks/checkSettings.ts";
import {
    byProvider3,
    byProvider6,
    deploymentSettings,
    elsewhere,
    programOf,
    pulled,
    type StateFile,
    settle,
    stateFile,
} from "../../../kit/adopt/terraformState.ts";

const SECRETS = ["TempPassword123!", "your-google-api-key-here", "abcdefg"];
const TABLE = "aws:dynamodb/table:Table";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";

/** What a preview would say of a resource, where it is not what its match makes of it. */
type Said = Record<string, { kind: ChangeKind; properties?: string[] }>;

interface Case {
    state?: StateFile;
    settings?: Record<string, unknown>;
    said?: Said;
    /** Types whose instances the account has no more. */
    gone?: string[];
}

/** The plan for a state, with what the engine's preview would say. */
async function plan({ state = stateFile(), settings = {}, said = {}, gone = [] }: Case = {}): Promise<AdoptionPlan> {
    const given = {
        ...deploymentSettings,
        // The program's own, which differs from Terraform's.
        imageExpirationDays: 30,
        ...settings,
    };
    const checked = checkSettings(given);
    const read = readTerraformState(pulled(state), "the.tfstate");
    const deployment = deploymentOf(read, checked, "the.tfstate");
    const program = await programOf(given);
    const found = settle(program, physicalInstances(read));
    const isGone = ({ instance }: Match) => gone.includes(instance.type);
    const matches = found.filter((one) => !isGone(one));
    const matched = new Set(matches.map(({ resource }) => resource.urn));
    const changes: Changes = { create: [], update: [], replace: [], delete: [], import: [], same: [] };
    for (const { urn, type, name } of program) {
        const { kind, properties = [] } = said[type] ?? { kind: matched.has(urn) ? "import" : "create" };
        const change: ResourceChange = {
            urn,
            type,
            name,
            kind,
            properties: properties.map((path) => ({ path, replaces: kind === "replace" })),
        };
        changes[kind].push(change);
    }
    const others = deploymentsIn(read).filter(({ project }) => project !== deployment.project);
    return planOf({
        stack: "dev",
        state: read,
        deployment,
        settings: checked,
        differences: compareSettings(read, deployment, checked, "dev"),
        changes,
        matches,
        gone: found.filter(isGone),
        inStack: new Set(),
        foreign: foreignInstances(read.instances, deployment, others),
    });
}

const refused = ({ refusals }: AdoptionPlan) => refusals.map(({ message, advice }) => `${message} ${advice}`);

describe("the plan of an adoption", function () {
    this.timeout(60_000);

    it("refuses nothing when the stack has the deployment's settings", async () => {
        const made = await plan({ settings: { imageExpirationDays: 90 } });
        expect(refused(made)).to.deep.equal([]);
        expect(made.differences).to.deep.equal([]);
        expect(made.asIs.map(({ name }) => name)).to.include("data-sessions-table");
        expect(made.madeNew.map(({ name }) => name)).to.include("data-ops-image-repository");
        expect(made.left.find(({ type }) => type === "aws_ecs_task_definition")).to.deep.include({
            reason: "a revision can't be changed: the program registers the next",
            forget: `terraform state rm 'module.ecs_fargate[0].module.ecs.module.service["story-generator"].aws_ecs_task_definition.this[0]'`,
        });
    });

    it("accounts for every instance of the state", async () => {
        const made = await plan();
        const taken = [...made.asIs, ...made.changed, ...made.replaced].map(({ address }) => address);
        const all = readTerraformState(pulled(stateFile()), "x").instances.map(({ address }) => address);
        expect([...new Set([...taken, ...made.left.map(({ address }) => address)])].sort()).to.deep.equal(all.sort());
    });

    it("is the same for a state of AWS provider 6", async () => {
        const settings = { imageExpirationDays: 90 };
        expect(await plan({ settings, state: byProvider6(stateFile()) })).to.deep.equal(await plan({ settings }));
    });

    it("takes a bucket whose parts are inside of it, and makes them its own", async () => {
        const settings = { imageExpirationDays: 90 };
        const [made, usual] = [await plan({ settings, state: byProvider3(stateFile()) }), await plan({ settings })];
        expect(refused(made)).to.deep.equal([]);
        expect(made.differences).to.deep.equal([]);
        expect(made.asIs.map(({ name }) => name)).to.include.members(["data-images-bucket", "site-bucket"]);
        const parts = /\.aws_s3_bucket_(lifecycle|cors|versioning|server|website|policy)/;
        expect(made.asIs).to.deep.equal(usual.asIs.filter(({ address }) => !parts.test(address)));
    });

    it("turns the versions of a bucket on that had none, instead of taking over that it has none", async () => {
        const off = await plan();
        expect(off.madeNew.map(({ name }) => name)).to.include.members(["site-versioning", "data-images-versioning"]);
        expect(
            off.left.filter(({ type }) => type === "aws_s3_bucket_versioning").map(({ reason }) => reason),
        ).to.deep.equal(Array(2).fill("the bucket had no versions: the program turns them on"));
        const state = stateFile();
        for (const { type, instances } of state.resources) {
            if (type === "aws_s3_bucket_versioning") {
                (instances[0] ?? expect.fail()).attributes.versioning_configuration = [
                    { mfa_delete: "", status: "Enabled" },
                ];
            }
        }
        const on = await plan({ state });
        expect(on.asIs.map(({ name }) => name)).to.include.members(["site-versioning", "data-images-versioning"]);
    });

    it("tells what is changed and replaced, with the properties", async () => {
        const made = await plan({
            said: {
                [TABLE]: { kind: "update", properties: ["tags.ManagedBy", "tags.Name"] },
                [BALANCER]: { kind: "replace", properties: ["internal", "subnets[0]"] },
            },
        });
        expect(made.changed.map(({ name, properties }) => ({ name, properties }))).to.deep.equal([
            { name: "data-sessions-table", properties: ["tags"] },
        ]);
        expect(made.replaced.map(({ name, properties }) => ({ name, properties }))).to.deep.equal([
            { name: "agent-load-balancer", properties: ["internal", "subnets"] },
        ]);
        expect(made.consequences.join()).to.match(
            /http:\/\/story-42-alb-dev-\S+\.elb\.amazonaws\.com is gone for good: the load balancer is replaced/,
        );
        expect(made.refusals).to.deep.equal([]);
    });

    it("hands over what is taken, one instance at a time or as whole resources", async () => {
        const { handOver } = await plan();
        // Each command would lock the state and write it anew.
        expect(handOver.commands).to.have.length(1);
        expect(handOver.commands[0]).to.match(/^terraform state rm '/);
        expect(handOver.commands[0]).to.contain(" 'module.vpc.module.vpc.aws_subnet.public[1]'");
        expect(handOver.commands.join()).not.to.contain("aws_flow_log");
        expect(handOver.blocks).to.contain("from = module.vpc.module.vpc.aws_subnet.public\n");
        expect(handOver.blocks).not.to.match(/from = .*\[/);
    });

    it("makes no block for a resource of which an instance stays", async () => {
        const state = stateFile();
        const repositories = state.resources.filter(({ type }) => type === "aws_ecr_lifecycle_policy");
        const [first] = repositories;
        for (const [index, { instances }] of repositories.entries()) {
            instances.map((instance) => Object.assign(instance, { index_key: `k${index}` }));
            if (index > 0) {
                first?.instances.push(...instances);
            }
        }
        const other = { attributes: { repository: "another", id: "another" }, index_key: "k9" };
        first?.instances.push(other);
        state.resources = state.resources.filter((one) => one === first || !repositories.includes(one));
        const { handOver, left } = await plan({ state });
        expect(left.map(({ address }) => address)).to.include('module.ecr.aws_ecr_lifecycle_policy.lambda["k9"]');
        expect(handOver.commands[0]).to.contain(` 'module.ecr.aws_ecr_lifecycle_policy.lambda["k0"]'`);
        expect(handOver.blocks).not.to.contain("aws_ecr_lifecycle_policy");
    });

    it("makes anew what the account has no more, and lets Terraform forget it", async () => {
        const made = await plan({ gone: ["aws_api_gateway_integration"] });
        expect(made.madeNew.find(({ name }) => name === "api-generate-story-lambda")).to.include({
            reason: "the state has it, the account does not",
        });
        expect(made.handOver.commands.join()).to.contain("aws_api_gateway_integration.generate_story_lambda");
        expect(made.left.map(({ type }) => type)).not.to.include("aws_api_gateway_integration");
        expect(made.refusals).to.deep.equal([]);
    });

    describe("names the setting that would make equal what differs:", () => {
        const cases: [setting: string, stack: unknown, deployed: unknown][] = [
            ["vpcCidrBlock", "10.7.0.0/16", "10.100.0.0/16"],
            ["availabilityZones", ["us-east-1c", "us-east-1d"], ["us-east-1a", "us-east-1b"]],
            ["userPoolDomain", "another", "hackathon-2025-dev"],
            ["adminEmail", "other@example.com", "admin@example.com"],
            ["ecsMemory", 2048, 1024],
            ["ecsCpu", 256, 512],
            ["ecsDesiredCount", 2, 1],
            ["architecture", "arm64", "amd64"],
            ["imageExpirationDays", 120, 90],
            ["bedrockModelId", "amazon.nova-lite-v1:0", "us.amazon.nova-pro-v1:0"],
            ["corsOrigins", ["https://a.example.com"], ["http://localhost:5173", "http://localhost:3456"]],
        ];
        for (const [setting, stack, deployed] of cases) {
            it(setting, async () => {
                const { differences } = await plan({ settings: { imageExpirationDays: 90, [setting]: stack } });
                const found = differences.find((difference) => difference.setting === setting);
                expect(found).to.deep.include({ stack, deployment: deployed });
                expect(found?.set).to.match(new RegExp(`^pulumi config set --stack dev ${setting} .+`));
            });
        }

        it("domainName and enableCustomDomain", async () => {
            const state = stateFile();
            state.resources.push({
                mode: "managed",
                type: "aws_route53_zone",
                name: "main",
                provider: "aws",
                instances: [{ attributes: { name: "story-42.example.com", zone_id: "Z1", id: "Z1" } }],
            });
            const made = await plan({ state });
            expect(made.differences).to.deep.include.members([
                {
                    setting: "domainName",
                    stack: undefined,
                    deployment: "example.com",
                    set: "pulumi config set --stack dev domainName example.com",
                    types: ["aws_route53_zone"],
                },
            ]);
            expect(refused(made).join()).to.match(/aws_route53_zone\.main would be missed.*enableCustomDomain true/);
        });

        it("keys, without showing them", async () => {
            const made = await plan({ settings: { googleApiKey: "other-google", tech42TtsApiKey: "other-tts" } });
            const secret = made.differences.filter(({ setting }) => setting.endsWith("ApiKey"));
            expect(secret.map(({ set }) => set)).to.deep.equal([
                "pulumi config set --stack dev --secret tech42TtsApiKey",
                "pulumi config set --stack dev --secret googleApiKey",
            ]);
            expect(JSON.stringify(made)).not.to.match(/other-google|other-tts/);
        });
    });

    describe("refuses", () => {
        it("a pool's domain with another prefix", async () => {
            const made = await plan({ settings: { userPoolDomain: "another" } });
            expect(refused(made).join()).to.match(
                /aws_cognito_user_pool_domain\.main would be missed.*config set --stack dev userPoolDomain hackathon-2025-dev/,
            );
        });

        it("an administrator who would be missed", async () => {
            const made = await plan({ settings: { adminEmail: "other@example.com" } });
            expect(refused(made).join()).to.match(
                /aws_cognito_user\.admin would be missed.*adminEmail admin@example\.com/,
            );
        });

        it("a network with other addresses", async () => {
            const made = await plan({ settings: { vpcCidrBlock: "10.7.0.0/16" } });
            expect(refused(made).join()).to.match(
                /aws_vpc\.this\[0\] would be missed.*--stack dev vpcCidrBlock 10\.100\.0\.0\/16/,
            );
        });

        it("to replace a balancer that AWS does not delete", async () => {
            const state = stateFile();
            for (const { attributes } of state.resources.find(({ type }) => type === "aws_lb")?.instances ?? []) {
                attributes.enable_deletion_protection = true;
            }
            const said: Said = { [BALANCER]: { kind: "replace", properties: ["internal"] } };
            expect(refused(await plan({ state, said })).join()).to.match(/AWS refuses to delete it.*Value=false/);
            expect(refused(await plan({ said }))).to.deep.equal([]);
        });

        it("a table, bucket, user, client, API or distribution that the program has no place for", async () => {
            for (const [type, attributes] of [
                ["aws_dynamodb_table", { name: "story-42-more-dev" }],
                ["aws_s3_bucket", { bucket: "story-42-more-dev" }],
                ["aws_cognito_user", { username: "more@example.com", user_pool_id: "us-east-1_SNIoM6ts9" }],
                ["aws_ecr_repository", { name: "story-42-more-dev" }],
                ["aws_secretsmanager_secret", { name: "story-42-more-dev" }],
                ["aws_cognito_user_pool_client", { name: "webapp", user_pool_id: "us-east-1_SNIoM6ts9", id: "2" }],
                ["aws_api_gateway_rest_api", { name: "my-api", id: "a1" }],
                ["aws_cloudfront_distribution", { id: "E2", origin: [{ domain_name: "more.s3.amazonaws.com" }] }],
                ["aws_db_instance", { id: "db-1" }],
            ] as const) {
                const state = stateFile();
                state.resources.push({
                    mode: "managed",
                    type,
                    name: "more",
                    provider: "aws",
                    instances: [{ attributes }],
                });
                const made = await plan({ state });
                expect(refused(made).join(), type).to.match(
                    new RegExp(`${type}\\.more would be missed.*terraform state rm '${type}\\.more'`),
                );
            }
        });

        for (const type of [
            TABLE,
            "aws:s3/bucket:Bucket",
            "aws:cognito/userPool:UserPool",
            "aws:cognito/user:User",
            "aws:cognito/userPoolClient:UserPoolClient",
            "aws:secretsmanager/secret:Secret",
            "aws:secretsmanager/secretVersion:SecretVersion",
            "aws:ecr/repository:Repository",
        ]) {
            it(`to replace a ${type}`, async () => {
                const made = await plan({ said: { [type]: { kind: "replace", properties: ["name"] } } });
                expect(refused(made)[0]).to.match(/would be replaced, because of name/);
            });
        }

        it("to delete what holds data", async () => {
            const made = await plan({ said: { [TABLE]: { kind: "delete" } } });
            expect(refused(made).join()).to.contain("data-sessions-table (aws:dynamodb/table:Table) would be deleted");
        });

        it("subnets in other zones, which can't be replaced while they are in use", async () => {
            const made = await plan({
                settings: { availabilityZones: ["us-east-1b", "us-east-1c"] },
                said: { "aws:ec2/subnet:Subnet": { kind: "replace", properties: ["availabilityZone"] } },
            });
            expect(refused(made)[0]).to.match(
                /because of availabilityZone.*availabilityZones '\["us-east-1a","us-east-1b"\]'/,
            );
        });

        it("to overwrite a stored key or to reset the administrator's password", async () => {
            const made = await plan({
                said: {
                    "aws:secretsmanager/secretVersion:SecretVersion": { kind: "update", properties: ["secretString"] },
                    "aws:cognito/user:User": { kind: "update", properties: ["temporaryPassword"] },
                },
            });
            expect(refused(made).join()).to.match(/another secretString.*--secret googleApiKey/);
            expect(refused(made).join()).to.match(/another temporaryPassword.*config rm adminTempPassword/);
        });

        it("a table that is in the state, but not in the account", async () => {
            const made = await plan({ gone: ["aws_dynamodb_table"] });
            expect(refused(made).join()).to.match(/not in the account.*another account than 000000000000/);
        });
    });

    describe("says what changes for those who use the deployment:", () => {
        const consequences = async (more: Case = {}) => (await plan(more)).consequences.join("\n");
        const attributesIn = (state: StateFile, type: string) =>
            state.resources
                .filter((one) => one.type === type)
                .flatMap((one) => one.instances.map((it) => it.attributes));

        it("origins that may call the API", async () => {
            const said = await consequences({ settings: { corsOrigins: ["https://a.example.com"] } });
            expect(said).to.match(/any origin could call the API, from now on the stack's own site and https:\/\/a\./);
            expect(said).to.contain("pulumi config set --stack dev corsOrigins");
            const state = stateFile();
            for (const { response_parameters } of attributesIn(state, "aws_api_gateway_integration_response")) {
                response_parameters["method.response.header.Access-Control-Allow-Origin"] = "'https://a.example.com'";
            }
            for (const type of ["aws_s3_bucket", "aws_s3_bucket_cors_configuration"]) {
                for (const rule of attributesIn(state, type).flatMap(({ cors_rule }) => cors_rule ?? [])) {
                    rule.allowed_origins = ["https://a.example.com"];
                }
            }
            expect(await consequences({ state })).not.to.contain("any origin");
        });

        it("passwords, sign-up and a second factor", async () => {
            const said = await consequences();
            expect(said).to.match(/Passwords: a new one needs 12 characters, until now 8/);
            expect(said).to.match(/nobody can register any more.*--stack dev openSignUp true/);
            expect(said).not.to.contain("Second factor");
            const settings = { openSignUp: true, mfa: "required" };
            const state = stateFile();
            for (const { password_policy } of attributesIn(state, "aws_cognito_user_pool")) {
                password_policy[0].minimum_length = 14;
            }
            const other = await consequences({ settings, state });
            expect(other).not.to.match(/Passwords|register/);
            expect(other).to.match(/Second factor.*can sign nobody in.*--stack dev mfa optional/);
        });

        it("the site that is replaced, and its bucket's own address", async () => {
            const said = await consequences();
            expect(said).to.match(/the stack's own takes the old one's place, and overwrites \d+ files.*index\.html/);
            expect(said).to.match(/aws s3 sync s3:\/\/story-42-dev-static-website old-site/);
            expect(said).to.match(/http:\/\/story-42-dev-static-website\.s3-website-us-east-1\S+ stops answering/);
        });

        it("tags that can't be pushed again", async () => {
            const said: Said = {
                "aws:ecr/repository:Repository": { kind: "update", properties: ["imageTagMutability"] },
            };
            expect(await consequences({ said })).to.match(
                /story-42-lambda-dev.* take each tag once.*:latest, is refused/,
            );
            expect(await consequences()).not.to.contain("Image tags");
        });
    });

    it("warns of pictures that would expire sooner", async () => {
        expect((await plan()).warnings.join()).to.match(/older than 30 days.*imageExpirationDays 90/);
        expect((await plan({ settings: { imageExpirationDays: 120 } })).warnings).to.deep.equal([]);
    });

    it("leaves another deployment in the same state alone", async () => {
        const other = elsewhere(stateFile()).resources.map((one) => ({ ...one, module: `module.west.${one.module}` }));
        const both = { ...stateFile(), resources: [...other, ...stateFile().resources] };
        const made = await plan({ state: both });
        expect(refused(made)).to.deep.equal([]);
        const foreign = made.left.filter(({ reason }) => reason.includes("another deployment"));
        expect(foreign.map(({ type }) => type)).to.include.members([
            "aws_dynamodb_table",
            "aws_cognito_user",
            "aws_cognito_user_pool_domain",
            "aws_subnet",
        ]);
    });

    it("shows no secret of the state, to people or to programs", async () => {
        const made = await plan({ settings: { googleApiKey: "other" } });
        const shown = [planText(made), handOverText(made), JSON.stringify(made)].join();
        for (const secret of SECRETS) {
            expect(shown).not.to.contain(secret);
        }
    });

    it("reads as text from the deployment's name to the refusals", async () => {
        const text = planText(await plan({ settings: { userPoolDomain: "another" } }));
        expect(text.split("\n")[0]).to.equal(
            "story-42 (dev) in us-east-1, account 000000000000, by Terraform 1.11.4 (serial 156), becomes stack dev.",
        );
        expect(text).to.match(/refuses to be deleted \(protectData\).*config set --stack dev protectData false/);
        expect(text).to.match(/^Left to Terraform, and lost with its next terraform destroy \(\d+\):$/m);
        const order = [
            "settings differ",
            "Taken over as is",
            "Made new",
            "Left to Terraform",
            "Look at this",
            "REFUSED",
        ];
        const at = order.map((title) => text.indexOf(title));
        expect(at).to.deep.equal([...at].sort((a, b) => a - b));
        expect(at.every((position) => position > 0)).to.equal(true);
    });
});
