/** The way back from an adoption, with a stack whose record is played. */
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { physicalInstances } from "../../../../automation/adopt/match.ts";
import { readTerraformState } from "../../../../automation/adopt/state.ts";
import { StateError } from "../../../../automation/adopt/stateError.ts";
import { undoneText, undoText } from "../../../../automation/adopt/text.ts";
import { planUndo } from "../../../../automation/adopt/undo.ts";
import { holdsData, type StoryStack } from "../../../../automation/index.ts";
import type { StateResource } from "../../../../automation/takeOver/takeOver.ts";
import { checkSettings } from "../../../../stacks/checkSettings.ts";
import {
    elsewhere,
    programOf,
    pulled,
    deploymentSettings as settings,
    settle,
    stateFile,
} from "../../../kit/adopt/terraformState.ts";

const instances = physicalInstances(readTerraformState(pulled(stateFile()), "x"));
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const REPOSITORY = "aws:ecr/repository:Repository";
const TABLE = "aws:dynamodb/table:Table";

/** What the backend has of a stack that took the deployment over: the deployment's resources, and others with ids of their own. */
async function recorded(): Promise<StateResource[]> {
    const program = await programOf(settings);
    const found = new Map(
        settle(program, instances).map(({ resource, instance }) => [resource.urn, { resource, instance }]),
    );
    return program.map(({ urn, type, parent, inputs }) => {
        const { resource, instance } = found.get(urn) ?? {};
        const isNew = !instance || type === BALANCER || type === "aws:lb/listener:Listener";
        return {
            urn,
            type,
            parent,
            dependencies: parent ? [parent] : [],
            propertyDependencies: { some: parent ? [parent] : [] },
            id: isNew ? `own-${urn}` : String(instance.attributes.id),
            inputs: JSON.parse(JSON.stringify(resource?.inputs ?? inputs)),
            outputs: {},
            protect: true,
        };
    });
}

class PlayedStack {
    readonly name = "dev";
    state: Deployment;

    constructor(resources: StateResource[]) {
        this.state = { version: 3, deployment: { resources } };
    }

    settings = async () => checkSettings(settings);
    recorded = async () => structuredClone(this.state);
    async rewrite(change: (recorded: Deployment) => void) {
        change(this.state);
    }

    get story(): StoryStack {
        return this as unknown as StoryStack;
    }
    get left(): StateResource[] {
        return this.state.deployment.resources;
    }
}

const undo = (stack: PlayedStack, state: unknown = stateFile()) =>
    planUndo(stack.story, { content: pulled(state), from: "the.tfstate" });

describe("the way back from an adoption", function () {
    this.timeout(60_000);
    let stack: PlayedStack;
    beforeEach(async () => {
        stack = new PlayedStack(await recorded());
    });

    it("releases all that was Terraform's, and changes nothing before it is applied", async () => {
        const before = structuredClone(stack.left);
        const { plan, apply } = await undo(stack);
        expect(stack.left).to.deep.equal(before);
        const released = plan.released.map(({ name }) => name);
        expect(released).to.include.members([
            "data-sessions-table",
            "data-images-bucket",
            "site-bucket",
            "auth-user-pool",
        ]);
        expect(plan.kept.map(({ name }) => name)).to.include.members(["data-tts-api-key", "data-ops-image-repository"]);
        expect(plan.replaced.map(({ address }) => address)).to.include(
            "module.ecs_fargate[0].module.alb.aws_lb.this[0]",
        );
        await apply();
        const left = new Set(stack.left.map(({ urn }) => urn));
        expect(before.filter(({ urn }) => !left.has(urn)).length).to.equal(plan.released.length);
        const isKept = ({ type }: { type: string }) => holdsData(type) && !/tts|data-ops/.test(type);
        expect(stack.left.filter((one) => isKept(one)).map(({ urn }) => urn.split("::").pop())).to.have.members(
            plan.kept.filter(isKept).map(({ name }) => name),
        );
        expect([...left].join()).not.to.contain("sessions-table");
    });

    it("keeps what an update has put in the place of Terraform's, under an id that the engine does not know yet", async () => {
        const association = stack.left.find(
            ({ type }) => type === "aws:ec2/routeTableAssociation:RouteTableAssociation",
        );
        Object.assign(association ?? {}, { outputs: { id: "rtbassoc-another" } });
        const { plan, apply } = await undo(stack);
        expect(plan.replaced.map(({ type }) => type)).to.include("aws:ec2/routeTableAssociation:RouteTableAssociation");
        await apply();
        expect(stack.left.map(({ urn }) => urn)).to.include(association?.urn);
    });

    it("leaves a record that is whole: nothing in it names what is gone", async () => {
        const { apply } = await undo(stack);
        await apply();
        const there = new Set(stack.left.map(({ urn }) => urn));
        for (const { urn, parent, dependencies, propertyDependencies, protect } of stack.left) {
            const named = [parent, ...(dependencies ?? []), ...Object.values(propertyDependencies ?? {}).flat()];
            expect(
                named.filter((one) => one && !there.has(one)),
                urn,
            ).to.deep.equal([]);
            expect(protect).to.equal(false);
        }
        expect(stack.left.find(({ type }) => type === REPOSITORY)?.outputs).to.include({ forceDelete: true });
    });

    it("names what the stack has changed of it, by Terraform's words, and nothing that is equal", async () => {
        const table = stack.left.find(({ urn }) => urn.endsWith("data-sessions-table"));
        Object.assign(table?.inputs ?? {}, {
            deletionProtectionEnabled: true,
            billingMode: "PAY_PER_REQUEST",
            attributes: [
                { name: "user_id", type: "S" },
                { name: "session_id", type: "S" },
            ],
            tags: { ...(instances.find(({ type }) => type === "aws_dynamodb_table")?.attributes.tags as object) },
            pointInTimeRecovery: { __defaults: [], enabled: false },
        });
        const { plan } = await undo(stack);
        expect(plan.released.find(({ type }) => type === TABLE)?.changed).to.include("deletion_protection_enabled");
        expect(plan.released.find(({ type }) => type === TABLE)?.changed).not.to.include.members(["billing_mode"]);
        expect(plan.released.find(({ type }) => type === TABLE)?.changed).not.to.include.members(["tags"]);
        const text = undoText(plan);
        expect(text).to.match(/Released, and changed by the stack; terraform apply sets it back \(\d+\):/);
        expect(text).to.match(
            /aws_dynamodb_table\.\S+, data-sessions-table \(aws:dynamodb.*deletion_protection_enabled/,
        );
        expect(undoneText(plan)).to.match(/terraform apply\n {2}story42 destroy --stack dev/);
    });

    it("leaves out what the provider alone knows of: in AWS nothing of it has changed", async () => {
        const own = { forceDestroy: true, forceDelete: true, recoveryWindowInDays: 7, waitForSteadyState: true };
        for (const { inputs } of stack.left) {
            Object.assign(inputs ?? {}, own);
        }
        const { plan } = await undo(stack);
        const changed = plan.released.flatMap((one) => one.changed);
        expect(changed.filter((name) => /^(force|recovery|wait)_/.test(name))).to.deep.equal([]);
    });

    it("compares no secret, and shows none", async () => {
        const version = stack.left.find(({ type }) => type === "aws:secretsmanager/secretVersion:SecretVersion");
        Object.assign(version?.inputs ?? {}, {
            secretString: {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                ciphertext: "v1:x",
            },
        });
        const { plan } = await undo(stack);
        expect(JSON.stringify(plan.released)).not.to.match(/secret_string|your-google-api-key-here/);
    });

    it("releases nothing by the state of another deployment", async () => {
        const error = await undo(stack, elsewhere(stateFile())).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(StateError);
    });
});
