/** The driver: Story-42's stacks from other programs. */

export type { StoryOutputs } from "../stacks/outputs.ts";
export type { StorySettings, StorySettingsInput } from "../stacks/settings.ts";
export { type Adoption, type AdoptionSource, planAdoption } from "./adopt/adopt.ts";
export type { AdoptionPlan, Refusal } from "./adopt/plan.ts";
export { AdoptionRefusedError } from "./adopt/refused.ts";
export { StateError } from "./adopt/stateError.ts";
export { planUndo, type Released, type Undo, type UndoPlan } from "./adopt/undo.ts";
export type {
    DestroyOptions,
    HistoryEntry,
    LockHolder,
    OperationResult,
    PreviewOptions,
    RefreshOptions,
    StoryStack,
    UpOptions,
    UpResult,
} from "./driver/stack.ts";
export { StoryStacks } from "./driver/stacks.ts";
export type {
    ChangeKind,
    Changes,
    PropertyChange,
    ResourceChange,
    ResourceName,
} from "./engine/changes.ts";
export { holdsData } from "./engine/dataHolding.ts";
export type {
    FinishedEvent,
    Operation,
    ResourceEvent,
    SlowEvent,
    StartedEvent,
    StoryEvent,
    TakenOverEvent,
} from "./engine/events.ts";
export type { FollowOptions } from "./engine/follow.ts";
export * from "./errors.ts";
export type { StackOptions, StoryStacksOptions } from "./options.ts";
