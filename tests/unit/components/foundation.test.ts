/** Network, data and sign-in: what the rest stands on. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
    StoryAuth,
    type StoryAuthArgs,
    StoryData,
    type StoryDataArgs,
    StoryNetwork,
    type StoryNetworkArgs,
} from "../../../components/index.ts";
import { withTheWayOut } from "../../../components/network/index.ts";
import { knownZones } from "../../../components/network/zones.ts";
import { promiseOf } from "../../../testing/index.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const zones = ["us-east-1a", "us-east-1b"];

const makers = {
    network: (change: object) =>
        new StoryNetwork("network", { ...naming, availabilityZones: zones, ...change } as StoryNetworkArgs),
    data: (change: object) =>
        new StoryData("data", {
            ...naming,
            googleApiKey: pulumi.secret("google"),
            ttsApiKey: pulumi.secret("tts"),
            corsOrigins: ["https://app.example.com"],
            ...change,
        } as StoryDataArgs),
    auth: (change: object) =>
        new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com", ...change } as StoryAuthArgs),
};

async function problemsOf(maker: keyof typeof makers, change: object): Promise<string> {
    try {
        await run(() => makers[maker](change));
    } catch (error) {
        return String(error);
    }
    return "";
}

for (const options of modes) {
    describe(`StoryNetwork (${options.mode})`, () => {
        it("lays two public and two isolated subnets out, without a NAT gateway", async () => {
            const { resources } = await run(() => makers.network({}), options);
            const { inputs } = resources.one("awsx:ec2:Vpc");
            expect(inputs).to.deep.include({ cidrBlock: "10.100.0.0/16", natGateways: { strategy: "None" } });
            expect(inputs.subnetSpecs.map((spec: { cidrBlocks: string[] }) => spec.cidrBlocks)).to.deep.equal([
                ["10.100.1.0/24", "10.100.2.0/24"],
                ["10.100.11.0/24", "10.100.12.0/24"],
            ]);
            expect(inputs.tags.Name).to.equal("story-42-vpc-dev");
        });

        it("lays three zones out in a block of any size that fits", async () => {
            const blocksOf = async (change: object) => {
                const availabilityZones = [...zones, "us-east-1c"];
                const { resources } = await run(() => makers.network({ availabilityZones, ...change }), options);
                const { subnetSpecs } = resources.one("awsx:ec2:Vpc").inputs;
                return subnetSpecs.map((spec: { name: string; cidrBlocks: string[] }) => [spec.name, spec.cidrBlocks]);
            };
            const third = (numbers: number[]) => numbers.map((number) => `10.100.${number}.0/24`);
            expect(await blocksOf({})).to.deep.equal([
                ["public", third([1, 2, 3])],
                ["isolated", third([11, 12, 13])],
            ]);
            expect(await blocksOf({ cidrBlock: "172.16.254.0/23", natGateways: "single" })).to.deep.equal([
                ["public", ["172.16.254.32/27", "172.16.254.64/27", "172.16.254.96/27"]],
                ["private", ["172.16.254.160/27", "172.16.254.192/27", "172.16.254.224/27"]],
                ["isolated", ["172.16.255.96/27", "172.16.255.128/27", "172.16.255.160/27"]],
            ]);
        });

        it("takes zones that a call tells", async () => {
            const availabilityZones = aws.getAvailabilityZonesOutput().names.apply((names) => names.slice(0, 3));
            const { resources } = await run(() => makers.network({ availabilityZones }), options);
            const { inputs } = resources.one("awsx:ec2:Vpc");
            expect(inputs.availabilityZoneNames).to.deep.equal(["us-east-1a", "us-east-1b", "us-east-1c"]);
            expect(inputs.subnetSpecs[0].cidrBlocks).to.have.length(3);
        });

        for (const [natGateways, strategy] of [
            ["none", "None"],
            ["single", "Single"],
            ["one-per-zone", "OnePerAz"],
        ] as const) {
            it(`has private subnets behind NAT gateways where they are asked for: ${natGateways}`, async () => {
                const { resources, result } = await run(() => makers.network({ natGateways }), options);
                const { inputs } = resources.one("awsx:ec2:Vpc");
                expect(inputs.natGateways).to.deep.equal({ strategy });
                const kinds = inputs.subnetSpecs.map((spec: { type: string }) => spec.type);
                expect(kinds.includes("Private")).to.equal(natGateways !== "none");
                expect(result.privateSubnetIds !== undefined).to.equal(natGateways !== "none");
            });
        }

        it("reaches S3 and DynamoDB by gateway endpoints, and empties the default group", async () => {
            const { resources } = await run(() => makers.network({}), options);
            const endpoints = resources.ofType("aws:ec2/vpcEndpoint:VpcEndpoint");
            expect(endpoints.map((one) => one.inputs.vpcEndpointType)).to.deep.equal(["Gateway", "Gateway"]);
            const group = resources.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs;
            expect(group).to.deep.include({ ingress: [], egress: [] });
        });

        it("lets the flow log look for its group, before there is a flow log", async () => {
            const { resources } = await run(() => makers.network({ flowLog: { retentionDays: 7 } }), options);
            const policy = resources.one("aws:iam/rolePolicy:RolePolicy");
            expect(resources.one("aws:ec2/flowLog:FlowLog").dependsOn).to.include(policy.name);
            if (!options.preview) {
                const statements: { Action: string[]; Resource: unknown }[] = JSON.parse(
                    policy.inputs.policy,
                ).Statement;
                expect(statements.find(({ Action }) => Action.includes("logs:DescribeLogGroups"))?.Resource).to.equal(
                    "*",
                );
                expect(statements.flatMap(({ Action }) => Action)).to.include("logs:CreateLogGroup");
            }
        });

        it("makes nothing in a VPC that exists", async () => {
            const existing = {
                vpcId: "vpc-1",
                publicSubnetIds: ["subnet-1", "subnet-2"],
                isolatedSubnetIds: ["subnet-3", "subnet-4"],
            };
            const { resources } = await run(() => new StoryNetwork("network", { ...naming, existing }), options);
            expect(resources.all.map((one) => one.type)).to.not.include("awsx:ec2:Vpc");
        });
    });

    describe(`StoryData (${options.mode})`, () => {
        it("has the table with its two indexes, and the names of a deployment", async () => {
            const { resources } = await run(() => makers.data({}), options);
            const table = resources.one("aws:dynamodb/table:Table").inputs;
            expect(table).to.include({
                name: "story-42-story-sessions-dev",
                hashKey: "user_id",
                rangeKey: "session_id",
            });
            expect(table.globalSecondaryIndexes.map((one: { name: string }) => one.name)).to.deep.equal([
                "TimestampIndex",
                "RouteTimestampIndex",
            ]);
            expect(resources.one("aws:s3/bucket:Bucket").inputs.bucket).to.equal("story-42-story-images-dev");
            const secrets = resources.ofType("aws:secretsmanager/secret:Secret").map((one) => one.inputs.name);
            expect(secrets).to.have.members(["story-42-google-api-key-dev", "story-42-tts-api-key-dev"]);
        });

        it("keeps the keys' values secret, also when they are given plainly", async () => {
            const { resources } = await run(() => makers.data({ googleApiKey: "plain" }), options);
            for (const version of resources.ofType("aws:secretsmanager/secretVersion:SecretVersion")) {
                expect(version.secretInputs).to.include("secretString");
            }
        });

        it("tells tasks the version of a key, so that a new one is another task", async () => {
            const { result, resources } = await run(() => makers.data({}), options);
            for (const [key, child] of [
                [result.ttsApiKey, "data-tts-api-key-value"],
                [result.googleApiKey, "data-google-api-key-value"],
            ] as const) {
                expect(
                    resources.ofType("aws:secretsmanager/secretVersion:SecretVersion").map(({ name }) => name),
                ).to.include(child);
                if (!options.preview) {
                    expect(key.versionId && (await promiseOf(key.versionId))).to.equal(`version-of-${child}`);
                }
            }
        });

        it("expires pictures and lets the listed pages read them", async () => {
            const { resources } = await run(() => makers.data({ imageExpirationDays: 9 }), options);
            const [rule] = resources.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs
                .rules;
            expect(rule.expiration.days).to.equal(9);
            const [cors] = resources.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration").inputs.corsRules;
            expect(cors.allowedOrigins).to.deep.equal(["https://app.example.com"]);
        });

        it("makes no part that is not asked for", async () => {
            const none = { sessionsTable: false, imagesBucket: false };
            const made = async (change: object) => {
                const { resources } = await run(
                    () => new StoryData("data", { ...naming, ...none, ...change }),
                    options,
                );
                return [...new Set(resources.all.map(({ type }) => type.split(":").at(-1)))];
            };
            expect(await made({})).to.deep.equal(["StoryData"]);
            expect(await made({ sessionsTable: true })).to.have.members(["StoryData", "Table"]);
            const bucket = await made({ imagesBucket: true });
            expect(bucket).to.include("Bucket").and.not.include.members(["Table", "BucketCorsConfiguration", "Secret"]);
            expect(await made({ ttsApiKey: "key" })).to.have.members(["StoryData", "Secret", "SecretVersion"]);
        });

        it("says which argument a part that is used was left out by", async () => {
            const { result: data } = await run(
                () => new StoryData("data", { ...naming, sessionsTable: false, imagesBucket: false }),
                options,
            );
            expect(() => data.table).to.throw("the component has no table: `sessionsTable` is false");
            expect(() => data.imagesBucket).to.throw("`imagesBucket` is false");
            expect(() => data.ttsApiKey).to.throw("`ttsApiKey` is not given");
            expect(() => data.googleApiKeySecret).to.throw("`googleApiKey` is not given");
        });

        it("protects what production must not lose", async () => {
            const { resources } = await run(() => makers.data({ protect: true, deletionProtection: true }), options);
            expect(resources.one("aws:dynamodb/table:Table")).to.include({ protect: true });
            expect(resources.one("aws:s3/bucket:Bucket")).to.include({ protect: true });
        });
    });

    describe(`StoryAuth (${options.mode})`, () => {
        it("has pool, client, domain and group under a deployment's names", async () => {
            const { resources } = await run(() => makers.auth({}), options);
            expect(resources.one("aws:cognito/userPool:UserPool").inputs).to.deep.include({
                name: "story-42-user-pool-dev",
                usernameAttributes: ["email"],
                mfaConfiguration: "OPTIONAL",
            });
            // False is the default; given, it would replace a client that is imported.
            expect(resources.one("aws:cognito/userPoolClient:UserPoolClient").inputs).not.to.have.property(
                "generateSecret",
            );
            expect(resources.one("aws:cognito/userPoolDomain:UserPoolDomain").inputs.domain).to.equal(
                "story-42-user-pool-dev",
            );
            expect(resources.one("aws:cognito/userGroup:UserGroup").inputs.name).to.equal("admin");
        });

        it("lets nobody sign up by themselves unless it is open", async () => {
            const closed = async (change: object) =>
                (await run(() => makers.auth(change), options)).resources.one("aws:cognito/userPool:UserPool").inputs
                    .adminCreateUserConfig.allowAdminCreateUserOnly;
            expect([await closed({}), await closed({ openSignUp: true })]).to.deep.equal([true, false]);
        });

        it("offers, demands or leaves out the second factor", async () => {
            const pool = async (mfa: string) =>
                (await run(() => makers.auth({ mfa }), options)).resources.one("aws:cognito/userPool:UserPool").inputs;
            expect(await pool("off"))
                .to.include({ mfaConfiguration: "OFF" })
                .and.not.have.property("softwareTokenMfaConfiguration");
            for (const [mfa, mfaConfiguration] of [
                ["optional", "OPTIONAL"],
                ["required", "ON"],
            ] as const) {
                const demanded = { mfaConfiguration, softwareTokenMfaConfiguration: { enabled: true } };
                expect(await pool(mfa)).to.deep.include(demanded);
            }
        });

        it("has neither administrator nor domain where none is asked for", async () => {
            const { resources, result } = await run(
                () => new StoryAuth("auth", { ...naming, hostedSignIn: false }),
                options,
            );
            const types = resources.all.map(({ type }) => type.split(":").at(-1));
            expect(types).to.have.members(["StoryAuth", "UserPool", "UserPoolClient"]);
            expect(() => result.userPoolDomain).to.throw("the component has no domain: `hostedSignIn` is false");
        });

        it("lets an application get its users back from the hosted sign-in", async () => {
            const client = async (change: object) =>
                (await run(() => makers.auth(change), options)).resources.one(
                    "aws:cognito/userPoolClient:UserPoolClient",
                ).inputs;
            const callbackUrls = ["https://app.example.com/in", "http://localhost:3000/in", "shop://in"];
            expect(await client({ oauth: { callbackUrls } })).to.deep.include({
                callbackUrls,
                allowedOauthFlows: ["code"],
                allowedOauthFlowsUserPoolClient: true,
                supportedIdentityProviders: ["COGNITO"],
            });
            expect(await client({})).to.not.have.any.keys(
                "callbackUrls",
                "allowedOauthFlows",
                "supportedIdentityProviders",
            );
        });

        it("takes an address in any case, in pools that are new", async () => {
            const pool = (await run(() => makers.auth({}), options)).resources.one("aws:cognito/userPool:UserPool");
            expect(pool.inputs.usernameConfiguration).to.deep.equal({ caseSensitive: false });
            // Or a pool with all its users would be replaced.
            expect(pool.ignoreChanges).to.deep.equal(["usernameConfiguration"]);
        });

        it("invites the administrator, and keeps a password that is set secret", async () => {
            const invited = (await run(() => makers.auth({}), options)).resources.one("aws:cognito/user:User");
            expect(invited.inputs).to.not.have.property("temporaryPassword");
            const given = (await run(() => makers.auth({ adminTemporaryPassword: "Str0ng!Password1" }), options))
                .resources;
            expect(given.one("aws:cognito/user:User").secretInputs).to.include("temporaryPassword");
        });
    });
}

describe("Zones of a StoryNetwork that are an output", () => {
    const failure = async (zonesOf: () => pulumi.Output<string[]>) => {
        const { result } = await run(() => ({ error: knownZones("network", zonesOf()).catch(String) }), {
            preview: true,
        });
        return await result.error;
    };

    it("are refused where a preview does not know them, or they are too many", async () => {
        const ofResource = () => new aws.ec2.Subnet("other", { vpcId: "vpc-1" }).availabilityZone.apply((one) => [one]);
        expect(await failure(ofResource)).to.match(/availabilityZones is an output that is not known yet/);
        const all = () => aws.getAvailabilityZonesOutput().names;
        expect(await failure(all)).to.match(/availabilityZones is \["us-east-1a",.*two or three/);
    });
});

describe("The public subnets of a StoryNetwork", () => {
    it("have their way to the internet for as long as there is something in them", async () => {
        const { resources } = await run(() => {
            const internetGateway = pulumi.output(new aws.ec2.InternetGateway("gateway"));
            const routes = pulumi.output([new aws.ec2.Route("route", { routeTableId: "table" })]);
            const routeTableAssociations = pulumi.output([
                new aws.ec2.RouteTableAssociation("association", { routeTableId: "table" }),
            ]);
            const publicSubnetIds = pulumi.output(["subnet-1"]);
            const subnets = withTheWayOut({ internetGateway, routes, routeTableAssociations }, publicSubnetIds);
            return new aws.ec2.NetworkInterface("inside", { subnetId: subnets.apply(([first = ""]) => first) });
        });
        const inside = resources.one("aws:ec2/networkInterface:NetworkInterface");
        expect(inside.inputFrom("subnetId")).to.have.members(["gateway", "route", "association"]);
    });
});

describe("arguments that the foundation rejects", () => {
    for (const [maker, change, expected] of [
        ["network", { availabilityZones: ["us-east-1a"] }, /availabilityZones is \["us-east-1a"\]; it must name two/],
        [
            "network",
            { availabilityZones: ["a", "b", "a"] },
            /availabilityZones is .*; it must name two or three different/,
        ],
        ["network", { cidrBlock: "10.0.0.0/24" }, /cidrBlock is "10.0.0.0\/24"; it must be between \/16, .* and \/23/],
        ["network", { cidrBlock: "10.0.0.0/8" }, /cidrBlock is "10.0.0.0\/8"; it must be between \/16/],
        ["network", { cidrBlock: "10.0.9.0/20" }, /cidrBlock is "10.0.9.0\/20"; its first address is 10.0.0.0\/20/],
        ["network", { cidrBlock: "10.0.300.0/20" }, /cidrBlock is "10.0.300.0\/20"; it must be an IPv4 block/],
        ["network", { natGateways: "two" }, /natGateways is "two"; it must be one of none, single, one-per-zone/],
        [
            "network",
            { existing: { vpcId: "vpc-1", publicSubnetIds: [], isolatedSubnetIds: ["a", "b"] } },
            /existing and availabilityZones are both given[\s\S]*publicSubnetIds has fewer than two/,
        ],
        ["network", { flowLog: { retentionDays: 0 } }, /flowLog.retentionDays is 0/],
        ["data", { googleApiKey: "" }, /googleApiKey is ""; it must be a key; leave it out/],
        ["data", { imageExpirationDays: 0 }, /imageExpirationDays is 0; .*1 to 3650 days/],
        ["data", { secretRecoveryDays: 3 }, /secretRecoveryDays is 3; it must be 0, or/],
        ["data", { corsOrigins: [] }, /corsOrigins is empty/],
        ["data", { forceDestroy: true, protect: true }, /forceDestroy and protect are both true/],
        ["data", { names: { imagesBucket: "Upper_Case" } }, /names.imagesBucket is "Upper_Case"; AWS allows/],
        ["auth", { adminEmail: "nobody" }, /adminEmail is "nobody"; it must be an e-mail/],
        ["auth", { mfa: "sometimes" }, /mfa is "sometimes"; it must be one of off, optional, required/],
        ["auth", { adminTemporaryPassword: "alllowercase1!" }, /adminTemporaryPassword is not strong enough/],
        [
            "auth",
            { oauth: { callbackUrls: ["http://app.example.com"] } },
            /oauth.callbackUrls\[0\] is .* with HTTPS unless/,
        ],
        ["auth", { oauth: { callbackUrls: [] }, hostedSignIn: false }, /oauth is given and hostedSignIn is false/],
        ["auth", { adminEmail: undefined, adminTemporaryPassword: "Str0ng!Password1" }, /without adminEmail/],
        ["auth", { domainPrefix: "my-cognito" }, /domainPrefix is "my-cognito"; AWS allows .*without the words/],
    ] as const) {
        it(`${maker}: ${Object.keys(change).join(" and ")}`, async () => {
            expect(await problemsOf(maker, change)).to.match(expected);
        });
    }
});
