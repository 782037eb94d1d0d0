/** What other projects import: the components, and all of them composed. */
export * from "../components/index.ts";
