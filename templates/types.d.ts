/** What `import "./page.css"` gives the type checker: nothing (esbuild makes a file of it). */
declare module "*.css";
