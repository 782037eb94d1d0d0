/** A deployment of Terraform is taken over on the emulator; each step needs the last. */
import { APIGatewayClient, GetRestApisCommand } from "@aws-sdk/client-api-gateway";
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { type Adoption, CancelledError, planAdoption } from "../../../automation/index.ts";
import { failure } from "../automation/world.ts";
import { contentsOf, signIn } from "./contents.ts";
import { OldDeployment } from "./oldDeployment.ts";

const SECRETS = ["TempPassword123!", "your-google-api-key-here", "abcdefg"];

describe("Taking over a deployment of Terraform", function () {
    this.timeout(900_000);
    this.bail(true);
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
            for (const secret of SECRETS) {
                expect(JSON.stringify(plan)).not.to.contain(secret);
            }
            await expectSame();
        });

        it("is cut off in the middle, with all of its data", async () => {
            const stop = new AbortController();
            const onEvent = (event: { operation: string; kind: string; done?: number }) => {
                if (event.operation === "up" && event.kind === "resource" && event.done === 60) {
                    stop.abort();
                }
            };
            await failure(planned.apply({ signal: stop.signal, onEvent }), CancelledError);
            await expectSame();
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

        it("has nothing left to take over when it is run again", async () => {
            const { plan, apply } = await adoption();
            expect([...plan.asIs, ...plan.changed].filter(({ already }) => !already)).to.deep.equal([]);
            expect(plan.changed).to.deep.equal([]);
            expect(plan.replaced).to.deep.equal([]);
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
