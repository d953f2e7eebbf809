// What JupyterLab in the page needs beside JupyterLite, written as the module that a bundler would make of it.
(() => {
  const NAME = "revgraph";
  const SLOW = 15000; // milliseconds after which a cell says that it takes longer here
  const LATER = 2000; // milliseconds, until all has been shown that shows itself at the start
  const HERE = new URL(".", document.currentScript.src).href;
  let modules; // JupyterLab's own, by their names

  const load = async name => (await Object.values(modules[name])[0].get())();

  // JupyterLite gives up the cells that wait when one fails, whatever its tags say. Run All is to go on behind
  // a check that fails, as it does elsewhere: such a reply says that the others are not to be given up.
  const heedingTags = (create, still) => async options => {
    const mayFail = new Set();
    const timers = new Map();
    const sendMessage = message => {
      const id = message.parent_header.msg_id;
      if (message.header.msg_type === "execute_reply") {
        clearTimeout(timers.get(id));
        if (mayFail.delete(id)) message.metadata = { ...message.metadata, cause: "interrupt" };
      }
      options.sendMessage(message);
    };
    const kernel = await create({ ...options, sendMessage });
    const handle = kernel.handleMessage.bind(kernel);
    kernel.handleMessage = message => {
      const id = message.header.msg_id;
      if (message.header.msg_type === "execute_request") {
        if (!message.content.stop_on_error) mayFail.add(id);
        timers.set(id, setTimeout(still, SLOW));
      }
      return handle(message);
    };
    return kernel;
  };

  const kernels = (specs, Notification) => {
    const still = () =>
      Notification.info("Still running. In a browser, Python takes several times as long as installed.", {
        autoClose: 10000,
      });
    for (const [name, create] of specs.factories) specs.factories.set(name, heedingTags(create, still));
    const register = specs.register.bind(specs);
    specs.register = options => register({ ...options, create: heedingTags(options.create, still) });
  };

  // The learner's files: all that are not as the site gives them.
  const filesIn = async (contents, folder) => {
    const found = {};
    for (const { path, type } of (await contents.get(folder, { content: true })).content ?? []) {
      if (type === "directory") Object.assign(found, await filesIn(contents, path));
      else {
        const text = textOf(await contents.get(path, { content: true }));
        if (await isOwn(path, text)) found[path] = text;
      }
    }
    return found;
  };

  const textOf = ({ format, content }) => {
    if (format === "json") return JSON.stringify(content, null, 1) + "\n";
    return format === "base64" ? new TextDecoder().decode(Uint8Array.from(atob(content), c => c.charCodeAt(0))) : content;
  };

  const isOwn = async (path, text) => {
    const given = await fetch(new URL(`../../../files/${path}`, HERE));
    if (!given.ok) return true;
    const original = await given.text();
    return original !== text && !(path.endsWith(".ipynb") && sameCells(JSON.parse(original), JSON.parse(text)));
  };

  const joined = source => (Array.isArray(source) ? source.join("") : source);
  const sources = notebook => JSON.stringify(notebook.cells.map(cell => [cell.cell_type, joined(cell.source)]));
  const sameCells = (one, other) => sources(one) === sources(other);

  const download = async (app, tracker, Notification) => {
    for (const { context } of tracker.filter(panel => panel.context.model.dirty)) await context.save();
    const files = await filesIn(app.serviceManager.contents, "");
    if (!Object.keys(files).length) {
      Notification.info("There is nothing of yours yet: every chapter is as it was given.");
      return;
    }
    const { strToU8, zipSync } = await import(new URL("fflate.mjs", HERE));
    const bytes = zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/zip" }));
    link.download = "my-work.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const addDownload = (app, tracker, menu, palette, { Notification, ToolbarButton }) => {
    const command = "revgraph:download";
    const label = "Download my work";
    app.commands.addCommand(command, {
      label,
      caption: "Your notebooks and my_revgraph, as one zip file; a notebook in it is what you hand in",
      execute: () => download(app, tracker, Notification),
    });
    menu?.fileMenu.addGroup([{ command }], 5);
    palette?.addItem({ command, category: "revgraph" });
    app.docRegistry.addWidgetExtension("Notebook", {
      createNew: panel => {
        const button = new ToolbarButton({ label, onClick: () => app.commands.execute(command) });
        panel.toolbar.insertBefore("spacer", "revgraph-download", button);
        return button;
      },
    });
  };

  // On a phone the notebook gets the whole width: what stands beside it is folded away, the menu View shows it again.
  const foldSides = (app, tracker) => {
    const narrow = window.matchMedia("(max-width: 700px)");
    const fold = () => {
      if (!narrow.matches) return;
      for (const side of ["left", "right"]) {
        app.shell[side === "left" ? "collapseLeft" : "collapseRight"]();
        if (app.shell.isSideTabBarVisible(side)) app.shell.toggleSideTabBarVisibility(side);
      }
    };
    // JupyterLab shows the list of files a moment after the notebook that the address names.
    tracker.widgetAdded.connect((_, panel) => panel.revealed.then(() => setTimeout(fold, LATER)));
    narrow.addEventListener("change", fold);
  };

  const plugins = async () => {
    const { IKernelSpecs } = await load("@jupyterlite/services");
    const { INotebookTracker } = await load("@jupyterlab/notebook");
    const { IMainMenu } = await load("@jupyterlab/mainmenu");
    const apputils = await load("@jupyterlab/apputils");
    return [
      {
        id: `${NAME}:kernels`,
        autoStart: true,
        requires: [IKernelSpecs],
        activate: (app, specs) => kernels(specs, apputils.Notification),
      },
      { id: `${NAME}:narrow`, autoStart: true, requires: [INotebookTracker], activate: foldSides },
      {
        id: `${NAME}:download`,
        autoStart: true,
        requires: [INotebookTracker],
        optional: [IMainMenu, apputils.ICommandPalette],
        activate: (app, tracker, menu, palette) => {
          navigator.storage?.persist?.(); // ask the browser not to make room by throwing the work away
          addDownload(app, tracker, menu, palette, apputils);
        },
      },
    ];
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: scope => {
      modules = scope;
    },
    get: async () => {
      const made = await plugins();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
