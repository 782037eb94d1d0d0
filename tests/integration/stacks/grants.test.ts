/** What grants come to in IAM, as stacks are deployed, changed and renamed: the engine's word is not taken for it. */
import { IAMClient } from "@aws-sdk/client-iam";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { StoryData, StoryLambdas } from "../../../components/index.ts";
import { Clients } from "../../kit/cloudClients.ts";
import { OwnPrograms } from "../../kit/ownPrograms.ts";
import { rolePolicies } from "../../kit/rolePolicies.ts";

const image = `registry.example.com/story@sha256:${"a".repeat(64)}`;

describe("Grants", function () {
    this.timeout(300_000);
    let programs: OwnPrograms;

    before(async () => {
        programs = await OwnPrograms.open();
    });
    after(async () => {
        await programs.close();
    });

    const up = (stackName: string, program: () => void): Promise<Stack> => programs.up(stackName, program);

    /** Every action that IAM lets a role take, with the resources' names; each policy by itself, in no order. */
    async function permitted(RoleName: string): Promise<string[]> {
        const iam = new Clients(programs.endpoint, programs.region).of(IAMClient);
        const policies = await rolePolicies(iam, RoleName);
        const statements: Statement[] = policies.flatMap(({ PolicyDocument }) => JSON.parse(PolicyDocument).Statement);
        return statements
            .flatMap(({ Action, Resource }) =>
                Action.flatMap((action) => [Resource].flat().map((of) => `${action} ${of.split(":").at(-1)}`)),
            )
            .sort();
    }

    const data = (name: string, project: string, opts?: pulumi.ComponentResourceOptions) =>
        new StoryData(
            name,
            {
                project,
                environment: "dev",
                googleApiKey: pulumi.secret("key"),
                ttsApiKey: pulumi.secret("key"),
                corsOrigins: ["https://app.example.com"],
                secretRecoveryDays: 0,
                forceDestroy: true,
            },
            opts,
        );
    const teller = (name: string, functionName: string, opts?: pulumi.ComponentResourceOptions) =>
        new StoryLambdas(
            name,
            { project: "any", environment: "dev", functions: { teller: { functionName, image } } },
            opts,
        ).functions.teller;
    const sessions = (project: string) =>
        ["DeleteItem", "GetItem", "PutItem", "Query"].flatMap((action) =>
            ["", "/index/TimestampIndex"].map(
                (index) => `dynamodb:${action} table/${project}-story-sessions-dev${index}`,
            ),
        );

    it("add up, of several owners and of one, however often and in whatever order", async () => {
        const stack = await up("several", () => {
            const [one, two] = [data("one", "several-one"), data("two", "several-two")];
            const role = new aws.iam.Role("reader", { name: "several-reader", assumeRolePolicy: trust });
            const reader = { role, granteeName: "reader" };
            one.grantSessions(reader);
            two.grantSessions(reader);
            one.grantSessionsRecord(reader);
            one.grantImages(reader, "a/");
            one.grantImages(reader, "b/", "c/");
            one.grantImages(reader, "a/");
            // Another name for the same role.
            two.grantSessions({ role, granteeName: "writer" });
        });
        const permissions = await permitted("several-reader");
        expect(permissions).to.include.members([...sessions("several-one"), ...sessions("several-two")]);
        for (const prefix of ["a/", "b/", "c/"]) {
            expect(permissions).to.include(`s3:GetObject several-one-story-images-dev/${prefix}*`);
        }
        expect((await stack.preview()).changeSummary).to.have.all.keys("same");
        await stack.destroy();
    });

    it("keep every permission as owner, grantee or both are renamed by an alias", async () => {
        /** Each is called the first name, and was called the second before. */
        const program = (owner: [string, string?], grantee: [string, string?]) => () => {
            const earlier = (name?: string) => (name === undefined ? {} : { aliases: [{ name }] });
            const it = teller(grantee[0], "renamed-teller", earlier(grantee[1]));
            const other = teller("other", "renamed-other");
            data(owner[0], "renamed", earlier(owner[1])).grantSessions(it);
            other.grantInvoke(it);
            it.grantInvoke(other);
        };
        const roles = ["renamed-teller", "renamed-other"];
        await up("renamed", program(["data"], ["lambdas"]));
        const before = await Promise.all(roles.map(permitted));
        expect(before[0]).to.include.members([...sessions("renamed"), "lambda:InvokeFunction live"]);
        expect(before[1]).to.include("lambda:InvokeFunction live");
        await up("renamed", program(["stories", "data"], ["lambdas"]));
        expect(await Promise.all(roles.map(permitted))).to.deep.equal(before);
        await up("renamed", program(["stories"], ["functions", "lambdas"]));
        expect(await Promise.all(roles.map(permitted))).to.deep.equal(before);
        const stack = await up("renamed", program(["archive", "stories"], ["agents", "functions"]));
        expect(await Promise.all(roles.map(permitted))).to.deep.equal(before);
        await stack.destroy();
    });

    it("take over what was deployed with a fixed name, and add to it", async () => {
        const policies = (owner: StoryData, { role }: { role: aws.iam.Role }) => {
            const policy = pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Action: ["dynamodb:PutItem"], Resource: owner.table.arn }],
            });
            new aws.iam.RolePolicy("reader-sessions", { name: "sessions", role: role.name, policy }, { parent: owner });
        };
        const program =
            (grants: (owner: StoryData, reader: { role: aws.iam.Role; granteeName: string }) => void) => () => {
                const role = new aws.iam.Role("reader", { name: "deployed-reader", assumeRolePolicy: trust });
                grants(data("data", "deployed"), { role, granteeName: "reader" });
            };
        await up("deployed", program(policies));
        const stack = await up(
            "deployed",
            program((owner, reader) => owner.grantSessionsRecord(reader)),
        );
        const [{ resourceChanges } = {}] = await stack.history(1);
        expect(resourceChanges).to.have.all.keys("same");
        const before = await permitted("deployed-reader");
        expect(before).to.deep.equal(["dynamodb:PutItem table/deployed-story-sessions-dev"]);
        await up(
            "deployed",
            program((owner, reader) => {
                owner.grantSessionsRecord(reader);
                data("more", "deployed-more").grantSessionsRecord(reader);
            }),
        );
        expect(await permitted("deployed-reader")).to.deep.equal([
            "dynamodb:PutItem table/deployed-more-story-sessions-dev",
            ...before,
        ]);
        await stack.destroy();
    });
});

interface Statement {
    Action: string[];
    Resource: string | string[];
}

const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
});
