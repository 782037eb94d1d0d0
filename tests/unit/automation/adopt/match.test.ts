import { expect } from "chai";
import fc from "fast-check";
import { type Match, physicalInstances } from "../../../../automation/adopt/match.ts";
import { readTerraformState } from "../../../../automation/adopt/state.ts";
import { elsewhere, programOf, pulled, type StateFile, settle, stateFile } from "../../../kit/adopt/terraformState.ts";

const read = (state: StateFile) => readTerraformState(pulled(state), "a state");
const idsOf = (matches: Match[]) =>
    Object.fromEntries(matches.map(({ resource, id }) => [`${resource.type}::${resource.name}`, id]));

describe("matching a program with a Terraform state", function () {
    this.timeout(60_000);
    const settings = { environment: "dev", userPoolDomain: "hackathon-2025-dev" };
    let program: Awaited<ReturnType<typeof programOf>>;
    before(async () => {
        program = await programOf(settings);
    });
    const matchesOf = (state: StateFile) => settle(program, physicalInstances(read(state)));

    it("finds what holds data by its name, with the id that the provider imports it by", () => {
        const secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:story-42-google-api-key-dev-09da00";
        expect(idsOf(matchesOf(stateFile()))).to.include({
            "aws:dynamodb/table:Table::data-sessions-table": "story-42-story-sessions-dev",
            "aws:s3/bucket:Bucket::data-images-bucket": "story-42-story-images-dev",
            "aws:s3/bucket:Bucket::site-bucket": "story-42-dev-static-website",
            "aws:cognito/userPool:UserPool::auth-user-pool": "us-east-1_SNIoM6ts9",
            "aws:cognito/userPoolClient:UserPoolClient::auth-user-pool-client":
                "us-east-1_SNIoM6ts9/Zi0tGXZ1I7SnXx82pEQS4qRaG6",
            "aws:cognito/userPoolDomain:UserPoolDomain::auth-user-pool-domain": "hackathon-2025-dev",
            "aws:cognito/user:User::auth-admin": "us-east-1_SNIoM6ts9/admin@example.com",
            "aws:cognito/userInGroup:UserInGroup::auth-admin-membership": "us-east-1_SNIoM6ts9,admin,admin@example.com",
            "aws:secretsmanager/secret:Secret::data-google-api-key": secret,
            "aws:secretsmanager/secretVersion:SecretVersion::data-google-api-key-value": `${secret}|terraform-20261124082511944400000005`,
            "aws:ecr/repository:Repository::text-image-repository": "story-42-lambda-dev",
            "aws:ecr/repository:Repository::agent-image-repository": "story-42-story-generator-dev",
        });
    });

    it("finds the children of the network by their place: zone, subnet, route table", () => {
        expect(idsOf(matchesOf(stateFile()))).to.include({
            "aws:ec2/vpc:Vpc::network-vpc": "vpc-ebedc08d1e705c0e1",
            "aws:ec2/internetGateway:InternetGateway::network-vpc": "igw-7064b0f7d37ae05da",
            "aws:ec2/subnet:Subnet::network-vpc-public-1": "subnet-70c3d95ad1b9cbf7a",
            "aws:ec2/subnet:Subnet::network-vpc-isolated-2": "subnet-1dffc05321553b06c",
            "aws:ec2/routeTable:RouteTable::network-vpc-public-1": "rtb-1853d32df00e9919d",
            "aws:ec2/route:Route::network-vpc-public-1": "rtb-1853d32df00e9919d_0.0.0.0/0",
            "aws:ec2/routeTableAssociation:RouteTableAssociation::network-vpc-public-2":
                "subnet-d8f4535b59bbaa96f/rtb-1853d32df00e9919d",
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup::network-default-security-group": "sg-b15be44db5387438b",
        });
    });

    it("gives a route table that two subnets share to one of them", () => {
        const tables = matchesOf(stateFile()).filter(
            ({ resource }) => resource.type === "aws:ec2/routeTable:RouteTable",
        );
        expect(tables.map(({ resource }) => resource.name)).to.deep.equal([
            "network-vpc-isolated-1",
            "network-vpc-public-1",
        ]);
    });

    it("finds methods and what hangs on them by API, path and verb", () => {
        expect(idsOf(matchesOf(stateFile()))).to.include({
            "aws:apigateway/restApi:RestApi::api-rest-api": "d0e783c1",
            "aws:apigateway/stage:Stage::api-stage": "d0e783c1/dev",
            "aws:apigateway/resource:Resource::api-generate-story": "d0e783c1/f2b44894",
            "aws:apigateway/method:Method::api-generate-story-post": "d0e783c1/f2b44894/POST",
            "aws:apigateway/integration:Integration::api-generate-story-lambda": "d0e783c1/f2b44894/POST",
            "aws:apigateway/methodResponse:MethodResponse::api-generate-story-options-200":
                "d0e783c1/f2b44894/OPTIONS/200",
        });
    });

    it("takes no instance twice, and none that is deposed", () => {
        const state = stateFile();
        for (const resource of state.resources.filter(({ type }) => type === "aws_dynamodb_table")) {
            resource.instances.unshift({ ...resource.instances[0], deposed: "1a2b3c4d" });
        }
        const matches = matchesOf(state);
        expect(new Set(matches.map(({ instance }) => instance)).size).to.equal(matches.length);
        expect(matches.filter(({ instance }) => instance.deposed)).to.deep.equal([]);
        expect(idsOf(matches)).to.include.keys("aws:dynamodb/table:Table::data-sessions-table");
    });

    it("reads a route that stands inside of its route table, as other modules write it", () => {
        const state = stateFile();
        state.resources = state.resources.filter(({ type }) => type !== "aws_route");
        const [table] = state.resources.filter(({ type, name }) => type === "aws_route_table" && name === "public");
        for (const { attributes } of table?.instances ?? []) {
            attributes.route = [{ cidr_block: "0.0.0.0/0", gateway_id: "igw-7064b0f7d37ae05da" }];
        }
        expect(idsOf(matchesOf(state))).to.include({
            "aws:ec2/route:Route::network-vpc-public-1": "rtb-1853d32df00e9919d_0.0.0.0/0",
        });
    });

    it("knows the balancer by its older type names, a zone by its name with or without a dot", async () => {
        const state = stateFile();
        for (const resource of state.resources) {
            resource.type = resource.type.replace(/^aws_lb/, "aws_alb");
        }
        state.resources.push({
            mode: "managed",
            type: "aws_route53_zone",
            name: "main",
            provider: "aws",
            instances: [{ attributes: { name: "story-42.example.com.", zone_id: "Z1", id: "Z1" } }],
        });
        const parts = await programOf({ ...settings, enableCustomDomain: true, domainName: "example.com" });
        const ids = idsOf(settle(parts, physicalInstances(read(state))));
        expect(ids).to.include({ "aws:route53/zone:Zone::site-zone": "Z1" });
        expect(ids).to.include.keys("aws:lb/loadBalancer:LoadBalancer::agent-load-balancer");
    });

    it("matches the same whatever the addresses, modules, keys and the order are", () => {
        const expected = idsOf(matchesOf(stateFile()));
        const shape = fc.record({
            modules: fc.array(fc.constantFrom("module.a", 'module.b["k.x"]', "module.c[0]"), { maxLength: 3 }),
            name: fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
            key: fc.option(fc.oneof(fc.nat(5), fc.constantFrom("one", 'a "b"', "x/y")), { nil: undefined }),
            tainted: fc.boolean(),
            position: fc.nat(1000),
        });
        fc.assert(
            fc.property(fc.array(shape, { minLength: 40, maxLength: 40 }), (shapes) => {
                const state = stateFile();
                const moved = state.resources.map((resource, index) => {
                    const { modules, name, key, tainted, position } = shapes[
                        index % shapes.length
                    ] as (typeof shapes)[0];
                    const instances = resource.instances.map((instance, at) => ({
                        ...instance,
                        ...(tainted ? { status: "tainted" } : {}),
                        index_key: resource.instances.length > 1 ? `${key} ${at}` : key,
                    }));
                    const module = modules.length > 0 ? modules.join(".") : undefined;
                    return { position, resource: { ...resource, module, name: `${name}_${index}`, instances } };
                });
                state.resources = moved.sort((a, b) => a.position - b.position).map(({ resource }) => resource);
                expect(idsOf(matchesOf(state))).to.deep.equal(expected);
            }),
            { numRuns: 20 },
        );
    });

    it("matches another project in another region with other addresses in the same way", async () => {
        const expected = Object.keys(idsOf(matchesOf(stateFile())));
        const west = {
            environment: "stage",
            region: "us-west-2",
            projectName: "tales",
            userPoolDomain: "tales-sign-in",
        };
        const matches = settle(await programOf(west), physicalInstances(read(elsewhere(stateFile()))));
        expect(Object.keys(idsOf(matches)).sort()).to.deep.equal(expected.sort());
    });
});
