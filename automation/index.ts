/** The driver: Story-42's stacks from other programs. */

export type { StoryOutputs } from "../stacks/outputs.ts";
export type { StorySettings, StorySettingsInput } from "../stacks/settings.ts";
export { type Adoption, type AdoptionSource, planAdoption } from "./adopt/adopt.ts";
export type { AdoptionPlan, Refusal } from "./adopt/plan.ts";
export { AdoptionRefusedError } from "./adopt/refused.ts";
export { StateError } from "./adopt/stateError.ts";
export { planUndo, type Released, type Undo, type UndoPlan } from "./adopt/undo.ts";
export type {
    ChangeKind,
    Changes,
    PropertyChange,
    ResourceChange,
    ResourceName,
} from "./changes.ts";
export { holdsData } from "./dataHolding.ts";
export * from "./errors.ts";
export type {
    FinishedEvent,
    Operation,
    ResourceEvent,
    SlowEvent,
    StartedEvent,
    StoryEvent,
    TakenOverEvent,
} from "./events.ts";
export type { FollowOptions } from "./follow.ts";
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
} from "./stack.ts";
export { type StackOptions, StoryStacks, type StoryStacksOptions } from "./stacks.ts";
