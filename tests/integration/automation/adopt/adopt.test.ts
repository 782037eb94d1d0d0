/** A deployment of Terraform is taken over on the emulator; each step needs the last. */
import { APIGatewayClient, GetRestApisCommand } from "@aws-sdk/client-api-gateway";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import {
    type Adoption,
    CancelledError,
    holdsData,
    planAdoption,
    planUndo,
    type ResourceEvent,
    type StoryEvent,
} from "../../../../automation/index.ts";
import { contentsOf, signIn } from "../../../kit/adopt/contents.ts";
import { OldDeployment } from "../../../kit/adopt/oldDeployment.ts";
import { failure } from "../../../kit/automation/world.ts";
import { inSteps } from "../../../kit/steps.ts";

const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const SECRETS = ["TempPassword123!", "your-google-api-key-here", "abcdefg"];

describe("Taking over a deployment of Terraform", function () {
    this.timeout(900_000);
    inSteps(this);
    let old: OldDeployment;
    let had: Awaited<ReturnType<typeof contentsOf>>;
    const adoption = (more = {}) => planAdoption(old.stack(more), { content: old.state, from: "the.tfstate" });
    const readers = () => Object.values(had.pool.users).filter(({ status }) => status === "CONFIRMED");
    /** What is there of that which could be made twice. */
    const physical = async () => {
        const vpcs = await old.cloud.of(EC2Client).send(new DescribeVpcsCommand({}));
        const own = vpcs.Vpcs?.filter(({ IsDefault }) => !IsDefault) ?? [];
        const Filters = [{ Name: "vpc-id", Values: own.map(({ VpcId }) => VpcId ?? "") }];
        const subnets = await old.cloud.of(EC2Client).send(new DescribeSubnetsCommand({ Filters }));
        const apis = await old.cloud.of(APIGatewayClient).send(new GetRestApisCommand({}));
        return {
            vpcs: own.map(({ VpcId }) => VpcId).sort(),
            subnets: subnets.Subnets?.map(({ SubnetId }) => SubnetId).sort(),
            apis: apis.items?.map(({ id }) => id),
        };
    };
    let network: Awaited<ReturnType<typeof physical>>;
    /** What the stack has made in the place of what was there, and keeps. */
    let replaced: string[];

    const begin = (region: "us-east-1" | "us-west-2") => async () => {
        old = await OldDeployment.start(region);
        had = await contentsOf(old.cloud);
        network = await physical();
    };
    const expectSame = async () => {
        const { repositories, pool, ...after } = await contentsOf(old.cloud);
        const { repositories: hadRepositories, pool: hadPool, ...rest } = had;
        expect(after).to.deep.equal(rest);
        expect(pool).to.deep.equal(hadPool);
        expect(repositories).to.deep.include(hadRepositories);
        for (const { email } of readers()) {
            expect(await signIn(old.cloud, email ?? ""), email).to.equal(true);
        }
    };

    describe("where it was made", () => {
        let planned: Adoption;
        before(begin("us-east-1"));
        after(async () => {
            await old?.stop();
        });

        it("has data to keep", () => {
            expect(had.items).to.have.length(12);
            expect(Object.keys(had.objects)).to.have.length(12);
            expect(Object.keys(had.pool.users)).to.have.length(4);
            expect(Object.keys(had.repositories)).to.have.length(3);
        });

        it("is planned before anything happens", async () => {
            planned = await adoption();
            const { plan } = planned;
            expect(plan.refusals).to.deep.equal([]);
            expect(plan.differences).to.deep.equal([]);
            expect(plan.asIs.map(({ name }) => name)).to.include.members([
                "auth-user-pool-domain",
                "auth-admin-membership",
                "data-google-api-key-value",
                "network-vpc-public-1",
            ]);
            const table = plan.changed.find(({ name }) => name === "data-sessions-table");
            expect(table?.properties).to.deep.equal(["deletionProtectionEnabled", "tags"]);
            expect(plan.replaced.map(({ name }) => name).sort()).to.deep.equal([
                "agent-image-lifecycle",
                "agent-listener",
                "agent-load-balancer",
                "image-image-lifecycle",
                "text-image-lifecycle",
            ]);
            expect(plan.madeNew.filter(({ reason }) => reason).length).to.equal(12);
            expect(plan.madeNew.map(({ name }) => name)).to.include("data-tts-api-key");
            expect(plan.left.map(({ type }) => type)).to.include("aws_flow_log");
            expect(plan.consequences.map((line) => line.split(":")[0])).to.deep.equal([
                "Web pages of other origins",
                "Passwords",
                "Sign-up",
                "The web site",
                "The address http",
                "The agent service's address http",
                "Image tags",
            ]);
            for (const secret of SECRETS) {
                expect(JSON.stringify(plan)).not.to.contain(secret);
            }
            await expectSame();
        });

        const cutOff = async ({ apply }: Adoption, isLast: (step: ResourceEvent) => boolean) => {
            const stop = new AbortController();
            const onEvent = (event: StoryEvent) => {
                if (event.operation === "up" && event.kind === "resource" && isLast(event)) {
                    stop.abort();
                }
            };
            await failure(apply({ signal: stop.signal, onEvent }), CancelledError);
            await expectSame();
        };

        it("is cut off with the first of what is replaced, with all of its data", async () => {
            await cutOff(planned, ({ resource }) => resource.name === "agent-load-balancer");
            const types = old.deployment().resources.map(({ type }) => type);
            expect(types).to.include("aws:lb/loadBalancer:LoadBalancer").and.not.include("aws:lb/listener:Listener");
        });

        it("is cut off in the middle, with all of its data", async () => {
            await cutOff(await adoption(), ({ done }) => done === 60);
        });

        it("goes on from there, to a stack that a preview finds nothing to change of", async () => {
            const { plan, apply } = await adoption();
            expect(plan.refusals).to.deep.equal([]);
            expect([...plan.asIs, ...plan.changed].filter(({ already }) => already)).not.to.deep.equal([]);
            expect(await apply()).to.deep.equal({ clean: true });
        });

        it("is the same as before: items, objects, pool, users, keys and repositories", expectSame);

        it("has its network and API once, and one balancer, which is internal", async () => {
            expect(await physical()).to.deep.equal(network);
            const { LoadBalancers } = await old.cloud
                .of(ElasticLoadBalancingV2Client)
                .send(new DescribeLoadBalancersCommand({}));
            expect(LoadBalancers?.map(({ Scheme, LoadBalancerName }) => ({ Scheme, LoadBalancerName }))).to.deep.equal([
                { Scheme: "internal", LoadBalancerName: "story-42-alb-dev" },
            ]);
        });

        it("has no secret of the old deployment in plain text in the stack's state", () => {
            for (const secret of SECRETS) {
                expect(old.storedState()).not.to.contain(secret);
            }
        });

        it("has everything that holds data protected, from the engine and from AWS", async () => {
            const { resources } = old.deployment();
            const holding = resources.filter(({ type, custom }) => custom && holdsData(type));
            const unprotected = holding.filter(({ protect }) => !protect).map(({ urn }) => urn);
            // Of what the stack can build again, only AWS refuses the deletion: it is not empty.
            expect(unprotected.filter((urn) => !/:Repository::|::site-bucket$/.test(urn))).to.deep.equal([]);
            const forced = holding.filter(({ outputs = {} }) => outputs.forceDestroy || outputs.forceDelete);
            expect(forced.map(({ urn }) => urn)).to.deep.equal([]);
            const asked = new DescribeTableCommand({ TableName: "story-42-story-sessions-dev" });
            const { Table } = await old.cloud.of(DynamoDBClient).send(asked);
            expect(Table?.DeletionProtectionEnabled).to.equal(true);
        });

        it("has nothing left to take over when it is run again", async () => {
            const { plan, apply } = await adoption();
            expect([...plan.asIs, ...plan.changed].filter(({ already }) => !already)).to.deep.equal([]);
            expect(plan.changed).to.deep.equal([]);
            expect(plan.replaced).to.deep.equal([]);
            expect(plan.handOver).to.deep.equal(planned.plan.handOver);
            expect(plan.left).to.deep.equal(planned.plan.left);
            expect(await apply()).to.deep.equal({ clean: true });
            await expectSame();
        });

        it("is recorded as it is: a refresh finds nothing", async () => {
            const { changes } = await old.stack().refresh();
            const { same: _, ...others } = changes;
            expect(Object.values(others).flat()).to.deep.equal([]);
        });

        it("can be given back to Terraform: nothing of it is touched, and what was changed is named", async () => {
            const before = await physical();
            const { plan, apply } = await planUndo(old.stack(), { content: old.state, from: "the.tfstate" });
            expect(plan.released.length).to.be.greaterThan(90);
            const names = plan.released.map(({ name }) => name);
            expect(names).to.include.members([
                "data-sessions-table",
                "data-images-bucket",
                "auth-user-pool",
                "site-bucket",
            ]);
            const changed = new Map(plan.released.map((one) => [`${one.type} ${one.name}`, one.changed]));
            expect(changed.get("aws:dynamodb/table:Table data-sessions-table")).to.deep.equal([
                "deletion_protection_enabled",
                "tags",
            ]);
            expect(changed.get(`${ASSOCIATION} network-vpc-public-1`)).to.deep.equal([]);
            replaced = plan.replaced.map(({ name }) => name).sort();
            // Two subnets have another route table now than the one that they shared, by another association.
            expect(replaced).to.deep.equal([
                "agent-listener",
                "agent-load-balancer",
                "network-vpc-isolated-2",
                "network-vpc-public-2",
            ]);
            await apply();
            await expectSame();
            expect(await physical()).to.deep.equal(before);
            const kept = old.deployment().resources.filter(({ custom }) => custom);
            const urns = kept.map(({ urn }) => urn).join("\n");
            expect(urns).not.to.match(/sessions-table$|user-pool$|images-bucket$|(vpc:Vpc|subnet:Subnet)::/m);
            expect(urns).to.contain("data-tts-api-key");
            for (const secret of SECRETS) {
                expect(JSON.stringify(plan)).not.to.contain(secret);
            }
        });

        it("can be taken over again after that", async () => {
            const { plan, apply } = await adoption();
            expect(plan.refusals).to.deep.equal([]);
            const already = plan.asIs.filter((one) => one.already).map(({ name }) => name);
            expect(already.sort()).to.deep.equal(replaced);
            expect(await apply()).to.deep.equal({ clean: true });
            await expectSame();
        });
    });

    describe("in another region, with other addresses", () => {
        before(begin("us-west-2"));
        after(async () => {
            await old?.stop();
        });

        it("is taken over in the same way", async () => {
            const { plan, apply } = await adoption();
            expect(plan.deployment).to.include({ region: "us-west-2" });
            expect(plan.refusals).to.deep.equal([]);
            expect(plan.differences).to.deep.equal([]);
            expect(await apply()).to.deep.equal({ clean: true });
            await expectSame();
            expect(await physical()).to.deep.equal(network);
        });
    });
});
