/** What other projects import: the components, and all of them composed. */
export * from "../components/index.ts";
export { SettingsError } from "./checkSettings.ts";
export { Story42, type Story42Args } from "./component.ts";
export type { Story42Transform } from "./given.ts";
