/** The package's main entry: the components, and `Story42`, which composes them. */
export * from "../components/index.ts";
export { SettingsError } from "./checkSettings.ts";
export { Story42, type Story42Args } from "./component.ts";
export type { Story42Transform } from "./given.ts";
