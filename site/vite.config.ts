import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npm run dev` serves the site with live reload in front of a local cloud; STORY42_SITE names its front door. */
export default defineConfig({
    plugins: [react()],
    // Nothing is inlined: the content-security policy allows neither inline scripts nor inline styles.
    build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, cssCodeSplit: false },
    server: { proxy: { "/api": process.env.STORY42_SITE ?? "http://127.0.0.1:4580" } },
});
