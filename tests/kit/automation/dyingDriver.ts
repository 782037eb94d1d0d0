/** A driver that dies at a given event of a given operation; the argument says at which event, and how. */
import {
    type Operation,
    type StorySettingsInput,
    StoryStacks,
    type StoryStacksOptions,
} from "../../../automation/index.ts";

/** How the process ends without cleanup. */
export type Death = "SIGKILL" | "SIGTERM" | "exit" | "uncaught";

/** What the driver does until it dies. */
export interface Life {
    options: StoryStacksOptions;
    stack: string;
    settings: StorySettingsInput;
    siteContent: string;
    /** The engine's operation in which it dies. */
    in: Operation;
    /** The number of the event at which it dies, from 0; at the operation's end if that has fewer events. */
    at: number;
    by: Death;
}

const deaths: Record<Death, () => void> = {
    SIGKILL: () => process.kill(process.pid, "SIGKILL"),
    SIGTERM: () => process.kill(process.pid, "SIGTERM"),
    exit: () => process.exit(1),
    uncaught: () =>
        void setImmediate(() => {
            throw new Error("nobody catches this");
        }),
};

async function live({ options, stack: name, settings, siteContent, in: operation, at, by }: Life): Promise<void> {
    const stack = new StoryStacks(options).open(name, { settings, siteContent });
    let seen = 0;
    const following = {
        onEvent: (event: { operation: Operation; kind: string }) => {
            if (event.operation === operation && (seen++ === at || event.kind === "finished")) {
                deaths[by]();
            }
        },
    };
    switch (operation) {
        case "preview":
            return void (await stack.preview(following));
        case "up":
            return void (await stack.up(following));
        case "refresh":
            return void (await stack.refresh(following));
        case "destroy":
            return void (await stack.destroy({ ...following, everythingOf: name }));
    }
}

const [life] = process.argv.slice(2);
if (life !== undefined) {
    await live(JSON.parse(life));
}
