import { expect } from "chai";
import type { AwsClients } from "../../../../automation/cli/clients.ts";
import type { StackOutputs } from "../../../../automation/cli/openStack.ts";
import { PAUSED_TAG, pauseService, resumeService } from "../../../../automation/cli/pausing.ts";

const outputs = { ecs_cluster_name: "cluster", ecs_service_name: "agent" } as StackOutputs;

interface Scaling {
    min: number;
    max: number;
    suspended: boolean;
}

/** What of a command's input the account looks at. */
interface Input {
    desiredCount: number;
    tags: { key: string; value: string }[];
    tagKeys: string[];
    ResourceIds: string[];
    ResourceId: string;
    ScalableDimension: string;
    MinCapacity?: number;
    MaxCapacity?: number;
    SuspendedState: { ScheduledScalingSuspended: boolean };
}

/** An account with one service, and what its scaling is. No emulator has Application Auto Scaling. */
class Account {
    desired: number;
    scaling: Scaling | undefined;
    schedule = [
        { MinCapacity: 0, MaxCapacity: 0 },
        { MinCapacity: 2, MaxCapacity: 4 },
    ];
    readonly tags = new Map<string, string>();
    /** The command at which the connection breaks. */
    breaksAt: string | undefined;

    constructor(desired: number, scaling?: Omit<Scaling, "suspended">) {
        this.desired = desired;
        this.scaling = scaling && { ...scaling, suspended: false };
    }

    get clients(): AwsClients {
        const client = {
            send: async (command: { input: Input }) => this.#answer(command.constructor.name, command.input),
        };
        return { ecs: client, scaling: client } as unknown as AwsClients;
    }

    #answer(command: string, input: Input): object {
        if (command === this.breaksAt) {
            throw new Error("the connection broke");
        }
        switch (command) {
            case "DescribeServicesCommand": {
                const tags = [...this.tags].map(([key, value]) => ({ key, value }));
                const [clusterArn, serviceArn] = [
                    "arn:aws:ecs:r:1:cluster/cluster",
                    "arn:aws:ecs:r:1:service/cluster/agent",
                ];
                return {
                    services: [{ serviceName: "agent", clusterArn, serviceArn, desiredCount: this.desired, tags }],
                };
            }
            case "UpdateServiceCommand":
                this.desired = input.desiredCount;
                return {};
            case "TagResourceCommand":
                this.tags.set(input.tags[0]?.key ?? "", input.tags[0]?.value ?? "");
                return {};
            case "UntagResourceCommand":
                this.tags.delete(input.tagKeys[0] ?? "");
                return {};
            case "DescribeScalableTargetsCommand": {
                const { min: MinCapacity, max: MaxCapacity } = this.scaling ?? {};
                const named = {
                    ServiceNamespace: "ecs",
                    ResourceId: input.ResourceIds[0],
                    ScalableDimension: input.ScalableDimension,
                };
                return { ScalableTargets: this.scaling ? [{ ...named, MinCapacity, MaxCapacity }] : [] };
            }
            case "DescribeScheduledActionsCommand":
                return { ScheduledActions: this.schedule.map((ScalableTargetAction) => ({ ScalableTargetAction })) };
            case "RegisterScalableTargetCommand": {
                expect(input.ResourceId).to.equal("service/cluster/agent");
                const before = this.scaling as Scaling;
                this.scaling = {
                    min: input.MinCapacity ?? before.min,
                    max: input.MaxCapacity ?? before.max,
                    suspended: input.SuspendedState.ScheduledScalingSuspended,
                };
                return {};
            }
        }
        throw new Error(`nobody expects ${command}`);
    }
}

describe("pausing the agent service", () => {
    it("stops all tasks, and resuming goes back to as many as ran", async () => {
        const account = new Account(3);
        expect(await pauseService(outputs, account.clients)).to.deep.include({
            from: 3,
            to: 0,
            tasks: 3,
            scaling: "none",
        });
        expect(account.desired).to.equal(0);
        expect(await resumeService(outputs, account.clients)).to.deep.include({ from: 0, to: 3, tasks: 3 });
        expect(account.desired).to.equal(3);
        expect(account.tags.size).to.equal(0);
    });

    it("keeps the first count when it is paused twice", async () => {
        const account = new Account(3);
        await pauseService(outputs, account.clients);
        await pauseService(outputs, account.clients);
        expect(account.tags.get(PAUSED_TAG)).to.equal("3");
    });

    it("suspends autoscaling and the schedule, which would start tasks again, until it is resumed", async () => {
        const account = new Account(3, { min: 2, max: 4 });
        expect(await pauseService(outputs, account.clients)).to.include({ scaling: "suspended" });
        expect(account.scaling).to.deep.equal({ min: 2, max: 4, suspended: true });
        expect(await resumeService(outputs, account.clients)).to.include({ scaling: "resumed", to: 3 });
        expect(account.scaling).to.deep.equal({ min: 2, max: 4, suspended: false });
    });

    it("at night holds over the morning, and resuming starts with the day's bounds", async () => {
        const account = new Account(0, { min: 0, max: 0 });
        await pauseService(outputs, account.clients);
        expect(account.scaling?.suspended).to.equal(true);
        expect(await resumeService(outputs, account.clients)).to.include({ to: 2 });
        expect(account.scaling).to.deep.equal({ min: 2, max: 4, suspended: false });
    });

    it("restores a count that the bounds allow now", async () => {
        const account = new Account(9, { min: 2, max: 4 });
        await pauseService(outputs, account.clients);
        expect(await resumeService(outputs, account.clients)).to.include({ to: 4 });
    });

    for (const breaksAt of ["RegisterScalableTargetCommand", "UpdateServiceCommand"]) {
        it(`that broke off at ${breaksAt} is finished by another pause`, async () => {
            const account = new Account(3, { min: 2, max: 4 });
            account.breaksAt = breaksAt;
            const error = await pauseService(outputs, account.clients).catch((error) => error);
            expect(error.message).to.equal("the connection broke");
            account.breaksAt = undefined;
            expect(await pauseService(outputs, account.clients)).to.include({ to: 0, tasks: 3 });
            expect(account).to.include({ desired: 0 });
            expect(account.scaling?.suspended).to.equal(true);
        });
    }

    for (const breaksAt of ["RegisterScalableTargetCommand", "UntagResourceCommand"]) {
        it(`is over after a resume that broke off at ${breaksAt} was run again`, async () => {
            const account = new Account(3, { min: 2, max: 4 });
            await pauseService(outputs, account.clients);
            account.breaksAt = breaksAt;
            await resumeService(outputs, account.clients).catch(() => undefined);
            account.breaksAt = undefined;
            expect(await resumeService(outputs, account.clients)).to.include({ to: 3 });
            expect(account.scaling?.suspended).to.equal(false);
            expect(account.tags.size).to.equal(0);
        });
    }

    it("falls back on the fewest tasks of the autoscaling when a deployment has removed the record", async () => {
        const account = new Account(3, { min: 2, max: 4 });
        await pauseService(outputs, account.clients);
        account.tags.clear();
        expect(await resumeService(outputs, account.clients)).to.include({ to: 2 });
    });

    it("is refused, as is resuming, where the settings stop the service", async () => {
        const account = new Account(0);
        for (const act of [pauseService, resumeService]) {
            const error = await act(outputs, account.clients).catch((error) => error);
            expect(error.message).to.contain("ecsDesiredCount");
        }
    });

    it("says of a stack without a service that there is none", async () => {
        const error = await pauseService({} as StackOutputs, new Account(1).clients).catch((error) => error);
        expect(error).to.include({ code: "no_agent_service" });
    });
});
