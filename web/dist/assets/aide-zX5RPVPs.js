<<<<<<<< HEAD:web/dist/assets/aide-CicuZT8M.js
import{c as e,f as t,n,t as r,u as i}from"./index-DKhgrll9.js";var a=`# Installer
========
import{c as e,f as t,n,t as r,u as i}from"./index-CfxRuZ6_.js";var a=`# Installer
>>>>>>>> 2438052 (Revert "Extremes are taken back until plants and the auditor know their marks everywhere"):web/dist/assets/aide-zX5RPVPs.js

Un seul programme, \`seuil\`, sans autre dépendance ; \`deploy/seuil.service\` le lance. Un serveur qui ne doit jamais approcher de microdonnées se construit avec \`cargo build --release --no-default-features\`. Ce qui suit s'essaie sur un territoire fictif :

\`\`\`sh
seuil synth --out essai --households 6000 --seed 7
\`\`\`

# Construire et publier une édition

La construction lit les fichiers, protège, écrit l'édition et un résumé, les alertes en tête. Elle s'arrête (code 3) sur ce qui est certainement faux. Avec une alerte l'édition est écrite et n'est pas activée.

\`\`\`sh
seuil build essai/seuil.toml
seuil edition list --config essai/seuil.toml
seuil edition verify --config essai/seuil.toml
seuil audit essai/editions/2024r1
\`\`\`

Une édition se retire et se remet en service sans redémarrer de serveur :

\`\`\`sh
seuil edition withdraw 2024r1 --config essai/seuil.toml
seuil edition activate 2024r1 --config essai/seuil.toml
\`\`\`

# Ouvrir une convention et des comptes

L'annexe 3 précède toute demande : nommer l'administrateur local, puis enregistrer le formulaire signé. Sans lui aucune demande n'est approuvée.

\`\`\`sh
convention=$(seuil convention add --kind departement --code departement:95 --name Département --purpose Observation --seats 5 --from 2026-01-01 --until 2199-12-31 --dpo dpo@exemple.fr --config essai/seuil.toml)
seuil convention invite "$convention" anne.agent@exemple.fr --name Anne --config essai/seuil.toml
seuil convention list --config essai/seuil.toml
seuil account add paul.operateur@exemple.fr --territory france --finest commune --audience public_mission --config essai/seuil.toml
jeton=$(seuil account token paul.operateur@exemple.fr --config essai/seuil.toml)
seuil account list --config essai/seuil.toml
\`\`\`

# Servir, derrière nginx ou Varnish

\`\`\`sh
seuil serve --config essai/seuil.toml &
curl --fail --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:3000/ready
curl --fail http://127.0.0.1:3000/health
curl --fail -H "Authorization: Bearer $jeton" http://127.0.0.1:3000/editions
\`\`\`

\`deploy/nginx.conf\` et \`deploy/varnish.vcl\` mettent le serveur derrière un cache qui sait à qui sont les tuiles : chaque demande passe par \`/auth/scope\`, et deux comptes de mêmes droits partagent leurs tuiles. Nommer le cache dans \`serve.trusted_proxies\`, et l'adresse publique dans \`serve.public_url\`. Ne pas mettre devant le serveur un cache d'un autre réglage.

\`/ready\` répond 503 tant que le journal ne peut pas être écrit ou qu'aucune édition n'est active ; \`/health\` dit seulement que le programme tourne.

# Changer de millésime

Écrire la configuration du nouveau millésime, avec \`build.previous\` pour l'ancien, construire, lire les alertes, activer. Un millésime n'est publié que par une édition : une seconde révision est refusée. \`ledger.txt\` et \`active.json\`, à côté des éditions, se gardent avec elles.

# Sauvegarder

La base SQLite se copie pendant que le serveur écrit ; celle de PostgreSQL par \`pg_dump\`. Garder ailleurs la clé du journal, celle des documents, et la dernière empreinte du journal.

\`\`\`sh
seuil account backup copie.db --config essai/seuil.toml
seuil journal verify --config essai/seuil.toml
\`\`\`
`,o=`# Lire la carte

La carte montre l'occupation du parc social : qui y habite (enquête OPS) et quels logements (répertoire RPLS). Chaque échelle a son zoom, de la France à l'adresse ; un compte voit son territoire, jusqu'à l'échelle que sa convention ouvre, et les zones qui le contiennent.

Un chiffre est une part, en %, ou une moyenne dans son unité. \`n_repondants\` et les autres nombres qui commencent par \`n_\` disent sur combien de ménages ou de logements il porte. Une part sur personne est absente, et son nombre dit 0.

# Pourquoi une zone est hachurée

Aucun chiffre ne dit rien de moins de onze ménages (CCH L442-5, RGPD). Un chiffre secret est absent : ni un 0, ni une estimation. Une zone est hachurée parce que son chiffre, seul ou par différence avec d'autres zones, parlerait de moins de onze ménages. Rien ne distingue une zone trop petite d'une zone tenue secrète pour protéger sa voisine, et c'est voulu.

Le secret ne se contourne pas en additionnant : les zones secrètes sont choisies pour qu'aucune combinaison de chiffres diffusés n'en dise davantage. Une zone plus large, ou un indicateur qui porte sur plus de ménages, est souvent diffusée.

# Quand un chiffre dit « au plus 2 »

Dans les petites zones (adresses, grappes, carreaux, et QPV de moins de 100 ménages), une part qui concerne presque tout le monde ou presque personne n'est pas donnée : la carte dit « au plus 2 » ou « tous sauf 2 au plus », et « non détaillé » pour un chiffre voisin qui le révélerait. Une telle zone n'est ni secrète ni nulle ; elle a sa propre couleur dans la légende. Dans les fichiers le chiffre est absent, et la colonne \`_ext\` de l'indicateur dit \`bas\`, \`haut\` ou \`nd\`. C'est une atténuation : une zone plus large peut montrer le chiffre.

# Charger les chiffres

Un jeton se crée sur la page « Mon compte ». Dans ces commandes \`$URL\` est l'adresse du service et \`$JETON\` le jeton.

Les chiffres des communes, en JSON, puis dans un tableur :

\`\`\`sh
curl --fail -H "Authorization: Bearer $JETON" "$URL/editions/latest/zones?scale=commune&limit=10"
curl --fail -H "Authorization: Bearer $JETON" -o communes.xlsx "$URL/export/latest/commune.xlsx"
curl --fail -H "Authorization: Bearer $JETON" -o communes.csv "$URL/export/latest/commune.csv"
\`\`\`

Le fichier \`.csv\` s'ouvre d'un double clic (point-virgule, virgule décimale) ; \`dialect=rfc4180\` donne celui des programmes. \`.geojson\`, \`.fgb\`, \`.gpkg\` et \`.parquet\` ont les contours. La colonne \`statut_\` de chaque univers dit si un chiffre absent est secret ou sans objet.

Dans QGIS, importer les connexions (le fichier contient le jeton), ou ajouter une couche avec son style par une configuration d'authentification de QGIS, ici \`a1b2c3d\` (le fichier ne contient alors aucun jeton) :

\`\`\`sh
curl --fail -o connexions.xml "$URL/k/$JETON/qgis/connections.xml"
curl --fail -H "Authorization: Bearer $JETON" -o communes.qlr "$URL/qgis/commune.qlr?authcfg=a1b2c3d"
\`\`\`

# Dans Python, R et QGIS

\`$URL/ogc\` parle OGC API Features. Chaque échelle de chaque édition est une couche, \`2024r1.commune\` par exemple ; \`latest.commune\` suit l'édition la plus récente. Le jeton y est le mot de passe de n'importe quel nom, et un compte ne lit que les zones et les chiffres de sa carte. Un chiffre secret est vide (\`NULL\`, \`NaN\`, \`NA\`) : ne pas le compter pour 0. Ces exemples prennent \`URL\` et \`JETON\` dans l'environnement.

GDAL, à partir de 3.6, lit une couche, la filtre et l'écrit dans un autre format ; un filtre sur \`code\`, \`nom\` ou \`communes\` est fait par le service, un filtre sur un chiffre par GDAL :

\`\`\`sh
export GDAL_HTTP_USERPWD="jeton:$JETON"
couche="OAPIF_COLLECTION:$URL/ogc/collections/latest.commune"
ogrinfo -ro -so "$couche" latest.commune
ogr2ogr -nln communes communes_ogc.gpkg "$couche"
ogr2ogr -where "tx_reponse >= 85" -select code,nom,tx_reponse repondants.csv "$couche"
\`\`\`

Les mêmes commandes lisent un fichier exporté :

\`\`\`sh
curl --fail -H "Authorization: Bearer $JETON" -o communes.gpkg "$URL/export/latest/commune.gpkg"
ogrinfo -ro -so communes.gpkg commune
ogr2ogr -select code,nom,tx_reponse extrait.ods communes.gpkg
\`\`\`

Python avec geopandas et son GDAL, plus récent (\`pip install geopandas pyogrio\`), puis la jointure d'un tableau à soi, où les codes restent des textes :

\`\`\`python
import os

import geopandas
import pandas
import pyogrio

pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": "jeton:" + os.environ["JETON"]})
communes = geopandas.read_file(
    "OAPIF_COLLECTION:" + os.environ["URL"] + "/ogc/collections/latest.commune"
)
tableau = pandas.read_csv(
    "communes.csv", sep=";", decimal=",", true_values=["vrai"], false_values=["faux"],
    dtype={"code": str, "communes": str, "situe": str},
)
places = tableau[["code"]].assign(places=10)
ensemble = communes.merge(places, on="code", how="left")
\`\`\`

Python avec OWSLib (\`pip install OWSLib\`), une page après l'autre :

\`\`\`python
import os

from owslib.ogcapi.features import Features

service = Features(
    os.environ["URL"] + "/ogc", headers={"Authorization": "Bearer " + os.environ["JETON"]}
)
zones, curseur = [], {}
while True:
    page = service.collection_items("latest.commune", limit=1000, **curseur)
    zones += page["features"]
    suite = [lien["href"] for lien in page["links"] if lien["rel"] == "next"]
    if not suite:
        break
    curseur = {"cursor": suite[0].split("cursor=")[1].split("&")[0]}
\`\`\`

R avec sf, qui lit par GDAL, et un export dans un tableau :

\`\`\`r
library(sf)
Sys.setenv(GDAL_HTTP_USERPWD = paste0("jeton:", Sys.getenv("JETON")))
communes <- st_read(paste0("OAPIF_COLLECTION:", Sys.getenv("URL"), "/ogc/collections/latest.commune"))
textes <- c(code = "character", communes = "character", situe = "character")
tableau <- read.csv2("communes.csv", colClasses = textes, na.strings = "", fileEncoding = "UTF-8-BOM")
ensemble <- merge(communes, tableau[c("code", "statut_menages")], by = "code")
\`\`\`

Dans QGIS, importer \`zones.xml\` (Couche, Gestionnaire des sources de données, WFS / OGC API, Charger) : chaque couche a sa table de chiffres.

\`\`\`sh
curl --fail -o zones.xml "$URL/k/$JETON/qgis/features.xml"
\`\`\`

- Un tableau à soi se joint sur \`code\` (Propriétés, Jointures). Pour qu'un code comme \`01004\` garde son zéro, mettre à côté de \`places.csv\` un fichier \`places.csvt\` qui dit le type de chaque colonne : \`"String","Integer"\`.
- Ses propres classes : Symbologie, Gradué, sur le chiffre voulu. Une zone sans chiffre n'est d'aucune classe.
- Deux millésimes : ajouter la couche des deux éditions, joindre la plus ancienne sur \`code\`, et calculer la différence dans un champ virtuel.

# Comparer

Comparer des zones de même échelle et de même édition. D'une édition à l'autre les contours et les réponses changent : un écart peut venir de la réponse à l'enquête, que \`tx_reponse\` dit. Ne pas soustraire deux éditions d'un même millésime : il n'y en a qu'une, pour cette raison.

# Citer

L'attribution de la carte, des fichiers et des couches nomme les sources et le millésime ; la reprendre telle quelle. Les chiffres ne servent qu'aux finalités de la convention, et chaque consultation et chaque export est journalisé.
<<<<<<<< HEAD:web/dist/assets/aide-CicuZT8M.js
`,s="# Le fichier de configuration\n\nUn fichier TOML. Une clé inconnue arrête le programme ; les chemins partent du dossier du fichier ; chaque défaut est le plus sûr.\n\n# [build] : construire une édition\n\n- `build.vintage` : l'année dont parle l'enquête, au 1er janvier.\n- `build.revision` : le rang de la publication dans le millésime.\n- `build.threshold` : le seuil, 11 ou plus ; sans lui le programme s'arrête.\n- `build.out` : le dossier des éditions.\n- `build.record` : le dossier de ce qui reste privé : rapport d'import, rejets, preuves.\n- `build.dwellings` : les fichiers du répertoire, ou des motifs de leurs noms.\n- `build.households` : les fichiers de l'enquête ; vide, l'édition ne parle que du répertoire.\n- `build.epci` : la composition des EPCI (INSEE).\n- `build.communes` : le code officiel des communes, facultatif.\n- `build.communes_mouvements` : les mouvements de communes (INSEE), pour les anciens codes.\n- `build.grappes` : une table `grappe;adresse` des groupes d'adresses que l'opérateur fixe, facultative.\n- `build.grid_m` : le côté d'un carreau, 200 mètres par défaut.\n- `build.indicators` : un catalogue d'indicateurs à la place de celui du programme.\n- `build.rules` : des règles à la place de celles du programme.\n- `build.open` : les régimes que l'opérateur ouvre ; aucun par défaut.\n- `build.proofs` : ce que deviennent les preuves : `keep` par défaut, `delete`, ou une commande qui chiffre.\n- `build.activate` : active l'édition construite, sauf alerte ; non par défaut.\n- `build.previous.edition` : l'édition d'avant, à laquelle les mouvements sont comparés.\n- `build.previous.source` : la configuration dont elle vient.\n- `build.max_rejected_percent` : la part de lignes rejetées d'un fichier qui arrête la construction, 1 % par défaut.\n\n# [build.zones.…] : les contours d'une échelle\n\n- `build.zones.path` : le fichier, d'un format que son contenu dit.\n- `build.zones.layer` : la couche d'un GeoPackage qui en a plusieurs.\n- `build.zones.code` : le champ du code, le nom officiel par défaut.\n- `build.zones.name` : le champ du nom, le nom officiel par défaut.\n- `build.zones.crs` : le système de coordonnées ; il l'emporte sur ce que le fichier dit.\n- `build.zones.label` : le nom d'un zonage déclaré par l'opérateur.\n- `build.zones.zooms` : ses zooms, ceux de son grain par défaut.\n- `build.zones.grain` : l'échelle pour laquelle il compte dans les droits.\n- `build.zones.weight` : ce que coûte de cacher un de ses logements ; 1 pour une adresse.\n- `build.zones.enabled` : fait une échelle dérivée (`commune_qpv`, `epci_qpv`) ; non par défaut.\n- `build.zones.within` : `commune` coupe ses zones aux limites des communes.\n\n# [serve] : servir\n\n- `serve.listen` : l'adresse et le port, 127.0.0.1:3000 par défaut.\n- `serve.metrics` : ceux des mesures ; aucun par défaut.\n- `serve.public_url` : l'adresse publique ; nécessaire hors de la machine.\n- `serve.editions` : le dossier des éditions.\n- `serve.cache_mib` : les tuiles gardées en mémoire, en Mio. Les pages de zones (`/ogc`) en prennent 128 de plus, au plus.\n- `serve.cors` : les sites dont les pages peuvent lire avec un jeton ; aucun par défaut.\n- `serve.trusted_proxies` : les adresses des caches dont `X-Forwarded-For` est cru ; aucune par défaut.\n\n# [accounts] : les comptes\n\n- `accounts.database` : `sqlite:seuil.db`, ou `postgres://…` (mot de passe dans PGPASSWORD).\n- `accounts.session_idle_hours` : une session finit tant d'heures après son dernier usage, 12 par défaut.\n- `accounts.session_days` : et tant de jours après son début, 7 par défaut.\n- `accounts.journal_months` : les mois que le journal est gardé, 12 par défaut.\n- `accounts.journal_key` : la clé qui signe les purges, créée si elle manque.\n- `accounts.documents_key` : les clés qui chiffrent les documents ; sans elles ils sont refusés.\n- `accounts.retention_days` : les jours que noms et adresses sont gardés après la fin, 365 par défaut.\n\n# [mail] : les lettres\n\n- `mail.smtp` : `smtps://hôte:465` ou `smtp://hôte:587?tls=required` ; sans lui, des fichiers.\n- `mail.user` : le compte du serveur SMTP.\n- `mail.password_file` : le fichier de son mot de passe.\n- `mail.from` : l'expéditeur.\n- `mail.outbox` : le dossier des lettres, `outbox` par défaut.\n\n# [legal] : les pages publiques\n\n- `legal.mentions_legales` : qui publie et héberge.\n- `legal.donnees_personnelles` : ce que deviennent les données des personnes.\n- `legal.accessibilite` : la déclaration d'accessibilité.\n";async function c(t){let r=[[`lecture`,`Lire, charger, comparer, citer`,d(o)],[`chiffres`,`Ce que dit chaque chiffre`,await l()],[`exploitation`,`Exploiter le service`,d(a)],[`configuration`,`Configurer`,d(s)]];n(t,`Aide`,e(`nav`,{class:`links`,"aria-label":`Parties de l’aide`},...r.map(([t,n])=>e(`a`,{href:`#${t}`},n))),...r.map(([t,n,r])=>e(`section`,{id:t,class:`text`},e(`h2`,{},n),...r))),location.hash&&document.getElementById(location.hash.slice(1))?.scrollIntoView()}async function l(){try{return(await t(`/editions/latest/indicators`)).indicators.map(t=>e(`p`,{},e(`strong`,{},t.label),` (`,e(`code`,{},t.id),`) : ${t.definition} Source : ${t.source}`))}catch(t){if(!(t instanceof i))throw t;return[e(`p`,{class:`notice`},`Se connecter pour lire ce que dit chaque chiffre de l’édition en service, d’après son catalogue.`)]}}function u(e){return e.split(/^```(?:sh|python|r)?$/m).map((e,t)=>({code:t%2==1,text:e.trim()})).filter(e=>e.text!==``)}function d(t){return u(t).flatMap(t=>t.code?[e(`pre`,{tabindex:`0`},e(`code`,{},t.text))]:r(t.text).map(f))}function f(t){let n=t.tagName===`H2`?e(`h3`,{},...t.childNodes):t;for(let t of[...n.querySelectorAll(`li`),n])for(let n of[...t.childNodes]){if(n.nodeType!==Node.TEXT_NODE)continue;let t=(n.textContent??``).split("`");if(t.length<3)continue;let r=t.map((t,n)=>n%2==1?e(`code`,{},t):t);n.replaceWith(...r)}return n}export{c as helpPage};
========
`,s="# Le fichier de configuration\n\nUn fichier TOML. Une clé inconnue arrête le programme ; les chemins partent du dossier du fichier ; chaque défaut est le plus sûr.\n\n# [build] : construire une édition\n\n- `build.vintage` : l'année dont parle l'enquête, au 1er janvier.\n- `build.revision` : le rang de la publication dans le millésime.\n- `build.threshold` : le seuil, 11 ou plus ; sans lui le programme s'arrête.\n- `build.out` : le dossier des éditions.\n- `build.record` : le dossier de ce qui reste privé : rapport d'import, rejets, preuves.\n- `build.dwellings` : les fichiers du répertoire, ou des motifs de leurs noms.\n- `build.households` : les fichiers de l'enquête ; vide, l'édition ne parle que du répertoire.\n- `build.epci` : la composition des EPCI (INSEE).\n- `build.communes` : le code officiel des communes, facultatif.\n- `build.communes_mouvements` : les mouvements de communes (INSEE), pour les anciens codes.\n- `build.grappes` : une table `grappe;adresse` des groupes d'adresses que l'opérateur fixe, facultative.\n- `build.grid_m` : le côté d'un carreau, 200 mètres par défaut.\n- `build.indicators` : un catalogue d'indicateurs à la place de celui du programme.\n- `build.rules` : des règles à la place de celles du programme. Leur section `[extremes]` dit, par famille, si un chiffre qui parle de presque tous (`high`) ou aussi de presque personne (`both`) est retenu dans les petites zones, ou non (`off`) ; une famille qui n'y est pas reste comme dans le programme.\n- `build.open` : les régimes que l'opérateur ouvre ; aucun par défaut.\n- `build.proofs` : ce que deviennent les preuves : `keep` par défaut, `delete`, ou une commande qui chiffre.\n- `build.activate` : active l'édition construite, sauf alerte ; non par défaut.\n- `build.previous.edition` : l'édition d'avant, à laquelle les mouvements sont comparés.\n- `build.previous.source` : la configuration dont elle vient.\n- `build.max_rejected_percent` : la part de lignes rejetées d'un fichier qui arrête la construction, 1 % par défaut.\n\n# [build.zones.…] : les contours d'une échelle\n\n- `build.zones.path` : le fichier, d'un format que son contenu dit.\n- `build.zones.layer` : la couche d'un GeoPackage qui en a plusieurs.\n- `build.zones.code` : le champ du code, le nom officiel par défaut.\n- `build.zones.name` : le champ du nom, le nom officiel par défaut.\n- `build.zones.crs` : le système de coordonnées ; il l'emporte sur ce que le fichier dit.\n- `build.zones.label` : le nom d'un zonage déclaré par l'opérateur.\n- `build.zones.zooms` : ses zooms, ceux de son grain par défaut.\n- `build.zones.grain` : l'échelle pour laquelle il compte dans les droits.\n- `build.zones.weight` : ce que coûte de cacher un de ses logements ; 1 pour une adresse.\n- `build.zones.enabled` : fait une échelle dérivée (`commune_qpv`, `epci_qpv`) ; non par défaut.\n- `build.zones.within` : `commune` coupe ses zones aux limites des communes.\n\n# [serve] : servir\n\n- `serve.listen` : l'adresse et le port, 127.0.0.1:3000 par défaut.\n- `serve.metrics` : ceux des mesures ; aucun par défaut.\n- `serve.public_url` : l'adresse publique ; nécessaire hors de la machine.\n- `serve.editions` : le dossier des éditions.\n- `serve.cache_mib` : les tuiles gardées en mémoire, en Mio. Les pages de zones (`/ogc`) en prennent 128 de plus, au plus.\n- `serve.cors` : les sites dont les pages peuvent lire avec un jeton ; aucun par défaut.\n- `serve.trusted_proxies` : les adresses des caches dont `X-Forwarded-For` est cru ; aucune par défaut.\n\n# [accounts] : les comptes\n\n- `accounts.database` : `sqlite:seuil.db`, ou `postgres://…` (mot de passe dans PGPASSWORD).\n- `accounts.session_idle_hours` : une session finit tant d'heures après son dernier usage, 12 par défaut.\n- `accounts.session_days` : et tant de jours après son début, 7 par défaut.\n- `accounts.journal_months` : les mois que le journal est gardé, 12 par défaut.\n- `accounts.journal_key` : la clé qui signe les purges, créée si elle manque.\n- `accounts.documents_key` : les clés qui chiffrent les documents ; sans elles ils sont refusés.\n- `accounts.retention_days` : les jours que noms et adresses sont gardés après la fin, 365 par défaut.\n\n# [mail] : les lettres\n\n- `mail.smtp` : `smtps://hôte:465` ou `smtp://hôte:587?tls=required` ; sans lui, des fichiers.\n- `mail.user` : le compte du serveur SMTP.\n- `mail.password_file` : le fichier de son mot de passe.\n- `mail.from` : l'expéditeur.\n- `mail.outbox` : le dossier des lettres, `outbox` par défaut.\n\n# [legal] : les pages publiques\n\n- `legal.mentions_legales` : qui publie et héberge.\n- `legal.donnees_personnelles` : ce que deviennent les données des personnes.\n- `legal.accessibilite` : la déclaration d'accessibilité.\n";async function c(t){let r=[[`lecture`,`Lire, charger, comparer, citer`,d(o)],[`chiffres`,`Ce que dit chaque chiffre`,await l()],[`exploitation`,`Exploiter le service`,d(a)],[`configuration`,`Configurer`,d(s)]];n(t,`Aide`,e(`nav`,{class:`links`,"aria-label":`Parties de l’aide`},...r.map(([t,n])=>e(`a`,{href:`#${t}`},n))),...r.map(([t,n,r])=>e(`section`,{id:t,class:`text`},e(`h2`,{},n),...r))),location.hash&&document.getElementById(location.hash.slice(1))?.scrollIntoView()}async function l(){try{return(await t(`/editions/latest/indicators`)).indicators.map(t=>e(`p`,{},e(`strong`,{},t.label),` (`,e(`code`,{},t.id),`) : ${t.definition} Source : ${t.source}`))}catch(t){if(!(t instanceof i))throw t;return[e(`p`,{class:`notice`},`Se connecter pour lire ce que dit chaque chiffre de l’édition en service, d’après son catalogue.`)]}}function u(e){return e.split(/^```(?:sh)?$/m).map((e,t)=>({code:t%2==1,text:e.trim()})).filter(e=>e.text!==``)}function d(t){return u(t).flatMap(t=>t.code?[e(`pre`,{tabindex:`0`},e(`code`,{},t.text))]:r(t.text).map(f))}function f(t){let n=t.tagName===`H2`?e(`h3`,{},...t.childNodes):t;for(let t of[...n.querySelectorAll(`li`),n])for(let n of[...t.childNodes]){if(n.nodeType!==Node.TEXT_NODE)continue;let t=(n.textContent??``).split("`");if(t.length<3)continue;let r=t.map((t,n)=>n%2==1?e(`code`,{},t):t);n.replaceWith(...r)}return n}export{c as helpPage};
>>>>>>>> 2438052 (Revert "Extremes are taken back until plants and the auditor know their marks everywhere"):web/dist/assets/aide-zX5RPVPs.js
