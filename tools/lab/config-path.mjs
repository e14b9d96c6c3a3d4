// @ts-check
import path from 'node:path';

/**
 * Where Jupyter looks for its configuration when it is started from here: in `tools/lab/config` before other places. That opens
 * the start page, and shows Markdown as text to read. Options on the command line still go before it.
 *
 * `labconfig/default_setting_overrides.json` is JupyterLab's own means for defaults of a place (its documentation,
 * "Advanced Usage", "Overriding default settings"): what the reader sets in JupyterLab goes before them.
 *
 * @param {string} root the checkout's folder
 * @param {NodeJS.ProcessEnv} environment whose own JUPYTER_CONFIG_PATH follows
 * @returns {string} for JUPYTER_CONFIG_PATH
 */
export function configPath(root, environment) {
  const own = path.join(root, 'tools', 'lab', 'config');
  return [own, environment.JUPYTER_CONFIG_PATH].filter(Boolean).join(path.delimiter);
}
